"""The log of a run: its events in order, for any number of readers at any place in it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from ..api import LoggedEvent, WireEvent

PING_SECONDS: Final = 10.0
"""Seconds of silence after which a reader gets a ping."""


class RunLog:
    """The events of one run in this process. Ids count from 1: the same run continued elsewhere has the same ids."""

    def __init__(self, events: Sequence[WireEvent] = ()) -> None:
        self._events: list[WireEvent] = list(events)
        self._open = asyncio.Event()
        self._over = False
        self._news: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._events)

    @property
    def over(self) -> bool:
        """Whether no event follows."""
        return self._over

    @property
    def snapshot(self) -> Sequence[WireEvent]:
        """The events so far."""
        return self._events

    def open(self) -> None:
        """Let readers begin: what the run began with is committed."""
        self._open.set()

    def append(self, event: WireEvent) -> None:
        """Add one event."""
        self._events.append(event)
        self._tell()

    def close(self) -> None:
        """Say that no event follows."""
        self._over = True
        self._open.set()
        self._tell()

    async def ended(self) -> None:
        """Wait for the end."""
        await self._open.wait()
        while not self._over:
            await self._wait()

    async def events(self, after: int = 0) -> AsyncIterator[LoggedEvent]:
        """The events after the `after`-th, until the end, with pings in the silence."""
        await self._open.wait()
        at = after
        while True:
            while at < len(self._events):
                at += 1
                yield LoggedEvent(str(at), self._events[at - 1])
            if self._over:
                return
            if not await self._news_within(PING_SECONDS):
                yield LoggedEvent("", None)

    async def _news_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wait()
        except TimeoutError:
            return False
        return True

    async def _wait(self) -> None:
        """Wait for the next event, or the end. One future serves all who wait."""
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._news)

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.set_result(None)
