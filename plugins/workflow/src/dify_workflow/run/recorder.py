"""Writing a run's journal: one entry per change, after the change and before its events are told."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.workflow import JOURNAL_VERSION, Journal, NodeResult, PauseReason, RunInfo, Selector

from ..errors import JournalError
from ..journal.codec import encode, reason_entry, result_entry, summary_entry
from ..journal.memory import MemoryJournal
from ..state.summary import Summary
from ..state.values import checked

if TYPE_CHECKING:
    from ..state.execution import Execution


class Recorder:
    """The journal of one run, or nothing; whatever goes wrong with it is a `JournalError`."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self.compacts = isinstance(journal, MemoryJournal)

    def run(self, info: RunInfo, at: float, **state: Any) -> None:
        """The first entry: everything that another process needs besides the graph and the environment."""
        if self._journal is not None:
            about = {**asdict(info), "extras": _extras(info)}
            state = {name: encode(value) for name, value in state.items()}
            self._append({"kind": "run", "version": JOURNAL_VERSION, "at": at, "run": about, **state})

    def started(self, execution: "Execution") -> None:
        """A node was started."""
        if self._journal is not None:
            entry = {"kind": "start", "n": execution.number, "node": execution.node.id, "at": execution.start_at}
            self._grouped(entry, execution)

    def succeeded(self, execution: "Execution", result: NodeResult, writes: Mapping[Selector, Any], at: float) -> None:
        """A node has ended well."""
        if self._journal is not None:
            entry = result_entry("done", execution.number, result, at)
            if writes:
                entry["writes"] = [[*selector, encode(value)] for selector, value in writes.items()]
            self._grouped(entry, execution)

    def failed(self, execution: "Execution", result: NodeResult, at: float) -> None:
        """An attempt failed."""
        if self._journal is not None:
            self._grouped(result_entry("fail", execution.number, result, at), execution)

    def again(self, execution: "Execution", at: float) -> None:
        """The next attempt began."""
        if self._journal is not None:
            self._grouped({"kind": "again", "n": execution.number, "at": at}, execution)

    def suspended(self, execution: "Execution", reason: PauseReason, at: float) -> None:
        """A node asked for a pause."""
        if self._journal is not None:
            entry = {"kind": "suspend", "n": execution.number, "reason": reason_entry(reason), "at": at}
            self._grouped(entry, execution)

    def sent(self, execution: "Execution", output: str, chunk: str) -> None:
        """A node sent a piece."""
        if self._journal is not None:
            self._grouped({"kind": "send", "n": execution.number, "output": output, "chunk": chunk}, execution)

    def closed(self, execution: "Execution", output: str) -> None:
        """A node closed a stream."""
        if self._journal is not None:
            self._grouped({"kind": "close", "n": execution.number, "output": output}, execution)

    def noted(self, execution: "Execution", note: Mapping[str, Any]) -> None:
        """A node told something."""
        if self._journal is not None:
            self._grouped({"kind": "note", "n": execution.number, "note": encode(note)}, execution)

    def command(self, kind: str, at: float, **fields: Any) -> None:
        """The run was told something, went on, or has ended."""
        if self._journal is not None:
            self._append({"kind": kind, "at": at, **fields})

    def updated(self, values: Mapping[Selector, Any], at: float) -> None:
        """Variables were changed from outside."""
        self.command("update", at, values=[[*selector, encode(value)] for selector, value in values.items()])

    def summaries(self, summaries: list[tuple[str, Summary]]) -> None:
        """Items have ended, and the reader has their events."""
        if isinstance(self._journal, MemoryJournal):
            for group, summary in summaries:
                self._journal.supersede(group, summary_entry(summary))
        summaries.clear()

    async def flush(self) -> None:
        """Return when everything is durable."""
        if self._journal is not None:
            try:
                await self._journal.flush()
            except JournalError:
                raise
            except Exception as error:
                raise JournalError(f"the journal of the run could not be flushed: {error}") from error

    def _grouped(self, entry: dict[str, Any], execution: "Execution") -> None:
        group = execution.frame.group
        if group is not None and self.compacts:
            entry["group"] = group.label
        self._append(entry)

    def _append(self, entry: Mapping[str, Any]) -> None:
        journal = self._journal
        if journal is None:
            return
        try:
            journal.append(entry)
        except JournalError:
            raise
        except Exception as error:
            raise JournalError(f"the journal of the run took no entry: {error}") from error


def _extras(info: RunInfo) -> Any:
    try:
        return encode(checked(dict(info.extras)))
    except TypeError as error:
        raise JournalError(f"the extras of the run cannot be written to its journal: {error}") from error
