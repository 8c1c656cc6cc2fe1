"""Readers of runs: of this process, of another one, and of those that have ended."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final

from dify_runtime_sdk.cache import Streams

from ..api import BlockingAnswer, LoggedEvent, RunReader, WireEvent
from .active import ActiveRun
from .failures import StreamedError
from .log import PAUSED, PING_SECONDS, batch_of

OVER: Final = b"null"
"""The last entry of a relayed run."""


def place(after: str | None) -> int:
    """How many events a client has; what is no id of ours counts as none."""
    return int(after) if after is not None and after.isascii() and after.isdigit() else 0


class BatchReader(ABC):
    """A reader whose events come in batches."""

    told: int
    waits: bool = False

    @abstractmethod
    def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after`, until the run has ended: as many at a time as are there."""

    async def events(self, *, after: str | None = None) -> AsyncGenerator[LoggedEvent]:
        """The same, one by one."""
        async with aclosing(self.batches(after=after)) as batches:
            async for batch in batches:
                for logged in batch:
                    yield logged


def end_of(events: Sequence[WireEvent]) -> int:
    """How many events come before those that say how a run has ended."""
    finished = (at for at, event in enumerate(events) if event["event"] == "workflow_finished")
    return next(finished, max(0, len(events) - 1))


class FollowingReader(BatchReader):
    """Reads a run until it waits for somebody; past that too where `again` is given, which finds the run once more."""

    def __init__(self, reader: RunReader, again: Callable[[], Awaitable[RunReader | None]] | None = None) -> None:
        self.task_id = reader.task_id
        self.told = reader.told
        self.waits = reader.waits
        self._reader = reader
        self._again = again

    async def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after`; what a run tells that waits already begins when it goes on."""
        reader: RunReader | None = self._reader
        while reader is not None:
            paused = False
            async with aclosing(reader.batches(after=after)) as batches:
                async for batch in batches:
                    yield batch
                    if batch[-1].event is None:
                        continue
                    after, paused = batch[-1].id, _waits_at(batch[-1], reader)
                    if paused and self._again is None:
                        return
            reader = await self._again() if paused and self._again is not None else None


def _waits_at(last: LoggedEvent, reader: RunReader) -> bool:
    """Whether the run waits after this event, and has not gone on yet."""
    if last.event is None or last.event["event"] != PAUSED:
        return False
    return int(last.id) > reader.told or (int(last.id) == reader.told and reader.waits)


class LocalReader(BatchReader):
    """Reads a run of this process; satisfies `StartedRun`."""

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self.told = run.told

    @property
    def task_id(self) -> str:
        """The id by which clients stop the run."""
        return self._run.prepared.task_id

    def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after`, until the run has ended."""
        return self._run.log.batches(place(after))

    async def answer(self) -> BlockingAnswer:
        """Wait for the end and give the blocking answer."""
        await self._run.log.ended()
        events = self._run.log.snapshot
        if events and events[-1]["event"] == "error":
            raise StreamedError(events[-1])
        return self._run.mode.blocking(self._run.prepared, events)


class StoredReader(BatchReader):
    """Reads a run that has ended, from its row."""

    def __init__(self, task_id: str, events: Sequence[WireEvent]) -> None:
        self.task_id = task_id
        self.told = end_of(events)
        self._events = events

    async def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after`."""
        at = place(after)
        while batch := batch_of(self._events, at):
            yield batch
            at += len(batch)


class AwaitedReader(BatchReader):
    """Reads a run that goes on elsewhere: in another process, which relays it, or nowhere for the moment.

    `events` is what is known of it, from its first event to its last pause; `waits`: it has not gone on since.
    `look` finds a reader of this process or of the run's row, once there is one: when the run was taken over, or has
    ended while the cache was away. It is asked after `patience` seconds without news.
    """

    def __init__(
        self,
        task_id: str,
        streams: Streams,
        look: Callable[[], Awaitable[RunReader | None]],
        patience: float,
        *,
        events: Sequence[WireEvent] = (),
        waits: bool = False,
    ) -> None:
        self.task_id = task_id
        self.told = len(events)
        self.waits = waits
        self._events = events
        self._streams = streams
        self._look = look
        self._patience = patience

    async def batches(self, *, after: str | None = None) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after `after`, until the run has ended."""
        number, at, silence = place(after), "0", 0.0
        while batch := batch_of(self._events, number):
            yield batch
            number += len(batch)
        while True:
            entries = await self._streams.read(relay_key(self.task_id), after=at, wait=self._patience)
            for entry in entries:
                at, silence = entry.id, 0.0
                if entry.value == OVER:
                    return
                batch = _later_than(number, *json.loads(entry.value))
                if batch:
                    number = int(batch[-1].id)
                    yield batch
            if entries:
                continue
            found = await self._look()
            if found is not None:
                async with aclosing(found.batches(after=str(number))) as batches:
                    async for batch in batches:
                        yield batch
                return
            silence += self._patience
            if silence >= PING_SECONDS:
                silence = 0.0
                yield [LoggedEvent("", None)]


def _later_than(known: int, first: int, events: Sequence[WireEvent]) -> Sequence[LoggedEvent]:
    """The events of a batch that are new; a run that was taken over is relayed from its first event again."""
    return [LoggedEvent(str(number), event) for number, event in enumerate(events, start=first) if number > known]


def relay_key(task_id: str) -> str:
    """The stream to which a run is relayed."""
    return f"run:{task_id}:events"
