"""The runs of this process: each a task, with its log and its record."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..api import AppMode, PreparedRun, WireEvent, Write
from .log import PAUSED, RunLog
from .record import RunRecord

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class ActiveRun:
    """A run that goes on in this process; satisfies `RunOutput`."""

    mode: AppMode
    prepared: PreparedRun
    log: RunLog
    record_: RunRecord
    told: int = 0
    """How many events of the log are from before the run waited."""
    again: int = 0
    """How many pauses come about again, as the run is brought to where it waited: what precedes them is told."""
    reason: str | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def journal(self) -> RunRecord:
        """The run's journal."""
        return self.record_

    @property
    def stopping(self) -> str | None:
        """Why the run shall end early."""
        return self.reason

    async def stopped(self) -> str:
        """Wait until the run shall end early, and return why."""
        await self._stop.wait()
        return self.reason or ""

    def stop(self, reason: str) -> None:
        """Ask the run to end early; the first reason counts."""
        self.reason = self.reason or reason
        self._stop.set()

    def emit(self, event: WireEvent) -> None:
        """Tell one event, unless it comes about again."""
        if not self.again:
            self.log.append(self._complete(event))
        elif event["event"] == PAUSED:
            self.again -= 1

    def record(self, *writes: Write) -> None:
        """Write rows soon."""
        self.record_.add(*writes)

    async def committed(self) -> None:
        """Return when everything recorded so far is committed."""
        await self.record_.committed()
        self.log.open()

    async def end(self, *events: WireEvent) -> None:
        """Commit all rows, then tell the last events."""
        await self._close(events, self.record_.ended)

    async def pause(self, *events: WireEvent) -> None:
        """Commit all rows, tell these events, and leave the run until it is to go on."""
        await self._close(events, self.record_.paused)

    async def _close(
        self, events: Sequence[WireEvent], write: Callable[[Sequence[WireEvent]], Awaitable[None]]
    ) -> None:
        last = [self._complete(event) for event in events]
        await write([*self.log.snapshot, *last])
        for event in last:
            self.log.append(event)
        self.log.close()

    def _complete(self, event: WireEvent) -> WireEvent:
        """The event with the fields that every event of the run has; `error` has no task id."""
        if event["event"] == "error":
            return {**event, **self.prepared.shared}
        return {**event, **self.prepared.shared, "task_id": self.prepared.task_id}


class ActiveRuns:
    """All of them, by task and by run."""

    def __init__(self) -> None:
        self._by_task: dict[str, ActiveRun] = {}
        self._by_run: dict[str, ActiveRun] = {}

    def __len__(self) -> int:
        return len(self._by_task)

    def __iter__(self) -> Iterator[ActiveRun]:
        return iter(tuple(self._by_task.values()))

    def add(self, run: ActiveRun) -> None:
        """A run begins."""
        self._by_task[run.prepared.task_id] = run
        self._by_run[run.prepared.run_id] = run

    def drop(self, run: ActiveRun) -> None:
        """A run's log is not kept any longer; what goes on here already after a pause is another."""
        if self._by_run.get(run.prepared.run_id) is run:
            del self._by_task[run.prepared.task_id]
            del self._by_run[run.prepared.run_id]

    def of_task(self, task_id: str) -> ActiveRun | None:
        """The run with that task id."""
        return self._by_task.get(task_id)

    def of_run(self, run_id: str) -> ActiveRun | None:
        """The run with that run id."""
        return self._by_run.get(run_id)
