"""Bringing a machine to where a journal left it, by doing again what the journal says happened."""

from collections.abc import Callable, Mapping
from typing import Any

from dify_runtime_sdk.workflow import NodeStatus, PauseReason, Selector

from ..errors import JournalError
from ..journal.codec import decode, result_of, summary_of
from ..state.machine import Machine
from .ending import terminal_event
from .stopwatch import Stopwatch

type Entry = Mapping[str, Any]


class Replay:
    """Applies the entries of a journal, after the first, to a machine that was just made.

    Events come about as they did. The first `delivered` of them are dropped, and with None all.
    """

    def __init__(self, machine: Machine, stopwatch: Stopwatch, delivered: int | None) -> None:
        self._machine = machine
        self._stopwatch = stopwatch
        self._delivered = delivered
        self._dropped = 0
        self._last = 0.0
        self.status: str | None = None
        """How the run ended, None if the journal does not say that it did."""
        self._apply: dict[str, Callable[[Entry], None]] = {
            "start": self._start,
            "done": self._done,
            "fail": self._fail,
            "again": lambda entry: self._nothing(machine.again(entry["n"], entry["at"])),
            "suspend": self._suspend,
            "send": lambda entry: machine.send(entry["n"], entry["output"], entry["chunk"]),
            "close": lambda entry: machine.close(entry["n"], entry["output"]),
            "note": lambda entry: machine.note(entry["n"], decode(entry["note"])),
            "abort": lambda entry: machine.abort(entry["reason"]),
            "pause": lambda entry: machine.pause(entry["reason"]),
            "update": lambda entry: machine.update(_writes(entry["values"])),
            "item": lambda entry: machine.compaction.restore_item(summary_of(entry)),
            "continue": self._go_on,
            "resume": self._resume,
            "end": self._end,
        }

    def begin(self, at: float) -> None:
        """The run began."""
        self._last = at
        self._stopwatch.begin(at)
        self._machine.begin(at)
        self._after()

    def apply(self, entry: Entry) -> None:
        """Do one entry again. Raises `JournalError` for one that cannot follow the ones before it."""
        kind = entry.get("kind")
        apply = self._apply.get(str(kind))
        if apply is None:
            raise JournalError(f"the journal holds an entry of the kind {kind!r}, which this version does not know")
        try:
            apply(entry)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise JournalError(f"an entry of the kind {kind!r} does not fit the ones before it: {error!r}") from error
        self._last = entry.get("at", self._last)
        self._after()

    def stop(self) -> None:
        """The last entry was applied: count the time up to it."""
        if self.status is None:
            self._stopwatch.end(self._last)

    def _after(self) -> None:
        machine = self._machine
        while machine.pending:
            machine.pending.popleft()()
        machine.cancelled.clear()
        if self._delivered is None:
            machine.out.clear()
            return
        while machine.out and self._dropped + machine.compaction.unseen_events < self._delivered:
            machine.out.popleft()
            self._dropped += 1

    def _start(self, entry: Entry) -> None:
        machine, node_id = self._machine, entry["node"]
        if "group" in entry or not machine.waiting() or machine.flow.next_node() != node_id:
            machine.flow.bring_forward(node_id, entry.get("group"))
        if not machine.waiting() or machine.flow.next_node() != node_id:
            raise JournalError(
                f"the journal starts node {node_id!r}, which cannot start there",
                hint="continue a journal with the graph and the environment that it was begun with",
            )
        machine.start(entry["at"], entry["n"])

    def _done(self, entry: Entry) -> None:
        result = result_of(entry, NodeStatus.SUCCEEDED)
        self._machine.succeed(entry["n"], result, _writes(entry.get("writes", ())), entry["at"])

    def _fail(self, entry: Entry) -> None:
        self._machine.fail(entry["n"], result_of(entry, NodeStatus.FAILED), entry["at"])

    def _suspend(self, entry: Entry) -> None:
        self._machine.suspend(entry["n"], PauseReason(**entry["reason"]), entry["at"])

    def _go_on(self, entry: Entry) -> None:
        self._stopwatch.end(self._last)
        self._stopwatch.begin(entry["at"])

    def _resume(self, entry: Entry) -> None:
        self.status = None
        self._stopwatch.begin(entry["at"])
        self._machine.resume(entry["at"])

    def _end(self, entry: Entry) -> None:
        self.status = entry["status"]
        self._stopwatch.end(entry["at"])
        self._machine.out.append(terminal_event(self._machine))

    def _nothing(self, _: object) -> None:
        """Leave what was given."""


def _writes(values: Any) -> dict[Selector, Any]:
    return {(space, name): decode(value) for space, name, value in values}
