"""The log of a run: its events in order, for any number of readers at any place in it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from ..api import LoggedEvent, WireEvent
from .kept import KeptEvents

PING_SECONDS: Final = 10.0
"""Seconds of silence after which a reader gets a ping."""
PAUSED: Final = "workflow_paused"
"""The last event of a run that waits."""
_BATCH: Final = 64
"""Events that a reader gets at a time at most."""


class RunLog:
    """The events of one run in this process. Ids count from 1: the same run continued elsewhere has the same ids."""

    def __init__(self, events: Sequence[WireEvent] = ()) -> None:
        self._events = KeptEvents(events)
        self._readable = False
        self._over = False
        self._waiting: set[asyncio.Future[bool]] = set()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def over(self) -> bool:
        """Whether no event follows."""
        return self._over

    @property
    def paused(self) -> bool:
        """Whether no event follows for now: the run waits."""
        return self._over and bool(self._events) and self._events[-1]["event"] == PAUSED

    @property
    def snapshot(self) -> Sequence[WireEvent]:
        """The events so far."""
        return self._events

    def open(self) -> None:
        """Let readers begin: what the run began with is committed."""
        self._readable = True
        self._tell()

    def append(self, event: WireEvent) -> None:
        """Add one event."""
        self._events.append(event)
        self._tell()

    def close(self) -> None:
        """Say that no event follows."""
        self._over = self._readable = True
        self._tell()

    async def ended(self) -> None:
        """Wait for the end."""
        while not self._over:
            await self._news()

    async def batches(self, after: int = 0) -> AsyncGenerator[Sequence[LoggedEvent]]:
        """The events after the `after`-th, until the end: as many at a time as are there, with pings in the silence."""
        while not self._readable:
            await self._news()
        at = after
        while True:
            while batch := batch_of(self._events, at):
                yield batch
                at += len(batch)
            if self._over:
                return
            if not await self._news(PING_SECONDS):
                yield [LoggedEvent("", None)]

    async def _news(self, seconds: float | None = None) -> bool:
        """Wait for the next event, or the end; False after `seconds` without. A future and a timer are all it takes."""
        loop = asyncio.get_running_loop()
        news: asyncio.Future[bool] = loop.create_future()
        self._waiting.add(news)
        timer = None if seconds is None else loop.call_later(seconds, _settle, news, False)
        try:
            return await news
        finally:
            self._waiting.discard(news)
            if timer is not None:
                timer.cancel()

    def _tell(self) -> None:
        for news in self._waiting:
            _settle(news, True)


def batch_of(events: Sequence[WireEvent], after: int) -> Sequence[LoggedEvent]:
    """The next of `events` after the `after`-th, with their ids; none at the end."""
    batch = events[after : after + _BATCH]
    return [LoggedEvent(str(number), event) for number, event in enumerate(batch, start=after + 1)]


def _settle(news: "asyncio.Future[bool]", value: bool) -> None:
    if not news.done():
        news.set_result(value)
