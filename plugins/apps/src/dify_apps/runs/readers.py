"""Readers of runs: of this process, of another one, and of those that have ended."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Final

from dify_runtime_sdk.cache import Streams

from ..api import BlockingAnswer, LoggedEvent, RunReader, WireEvent
from .active import ActiveRun
from .failures import StreamedError
from .log import PING_SECONDS

OVER: Final = b"null"
"""The last entry of a relayed run."""


def place(after: str | None) -> int:
    """How many events a client has; what is no id of ours counts as none."""
    return int(after) if after is not None and after.isascii() and after.isdigit() else 0


class LocalReader:
    """Reads a run of this process; satisfies `StartedRun`."""

    def __init__(self, run: ActiveRun) -> None:
        self._run = run

    @property
    def task_id(self) -> str:
        """The id by which clients stop the run."""
        return self._run.prepared.task_id

    def events(self, *, after: str | None = None) -> AsyncIterator[LoggedEvent]:
        """The events after `after`, until the run has ended."""
        return self._run.log.events(place(after))

    async def answer(self) -> BlockingAnswer:
        """Wait for the end and give the blocking answer."""
        await self._run.log.ended()
        events = self._run.log.snapshot
        if events and events[-1]["event"] == "error":
            raise StreamedError(events[-1])
        return self._run.mode.blocking(self._run.prepared, events)


class StoredReader:
    """Reads a run that has ended, from its row."""

    def __init__(self, task_id: str, events: Sequence[WireEvent]) -> None:
        self.task_id = task_id
        self._events = events

    async def events(self, *, after: str | None = None) -> AsyncIterator[LoggedEvent]:
        """The events after `after`."""
        begin = place(after)
        for number, event in enumerate(self._events[begin:], start=begin + 1):
            yield LoggedEvent(str(number), event)


class AwaitedReader:
    """Reads a run that goes on elsewhere: in another process, which relays it, or nowhere for the moment.

    `look` finds a reader of this process or of the run's row, once there is one: when the run was taken over, or has
    ended while the cache was away. It is asked after `patience` seconds without news.
    """

    def __init__(
        self, task_id: str, streams: Streams, look: Callable[[], Awaitable[RunReader | None]], patience: float
    ) -> None:
        self.task_id = task_id
        self._streams = streams
        self._look = look
        self._patience = patience

    async def events(self, *, after: str | None = None) -> AsyncIterator[LoggedEvent]:
        """The events after `after`, until the run has ended."""
        number, at, silence = place(after), "0", 0.0
        while True:
            entries = await self._streams.read(relay_key(self.task_id), after=at, wait=self._patience)
            for entry in entries:
                at, silence = entry.id, 0.0
                if entry.value == OVER:
                    return
                first, events = json.loads(entry.value)
                for logged in _numbered(first, events, number):
                    number = int(logged.id)
                    yield logged
            if entries:
                continue
            found = await self._look()
            if found is not None:
                async for logged in found.events(after=str(number)):
                    yield logged
                return
            silence += self._patience
            if silence >= PING_SECONDS:
                silence = 0.0
                yield LoggedEvent("", None)


def _numbered(first: int, events: Sequence[WireEvent], known: int) -> Iterator[LoggedEvent]:
    """The events of a batch that are new; a run that was taken over is relayed from its first event again."""
    for number, event in enumerate(events, start=first):
        if number > known:
            yield LoggedEvent(str(number), event)


def relay_key(task_id: str) -> str:
    """The stream to which a run is relayed."""
    return f"run:{task_id}:events"
