"""Append-only logs in memory."""

import asyncio
import time
from collections.abc import Callable

from dify_runtime_sdk.cache import Entry

from ..stream_id import StreamId
from .keyspace import Keyspace, log_at
from .log import Log

type _Waiters = set[asyncio.Future[None]]


class LocalStreams:
    """Streams by key; see `dify_runtime_sdk.cache.Streams`."""

    def __init__(self, keyspace: Keyspace, clock: Callable[[], int] = time.time_ns) -> None:
        self._keyspace = keyspace
        self._clock = clock
        self._last = StreamId(0)
        self._waiting: dict[str, _Waiters] = {}

    async def append(self, key: str, value: bytes, *, max_length: int | None = None, ttl: float | None = None) -> str:
        """Append and return the entry's id."""
        log = log_at(self._keyspace, key)
        if log is None:
            log = Log()
            self._keyspace.put(key, log)
        place = log.append(self._next(), bytes(value), max_length)
        if ttl is not None:
            self._keyspace.expire(key, ttl)
        for waiter in self._waiting.pop(key, ()):
            if not waiter.done():
                waiter.set_result(None)
        return place

    async def range(self, key: str, *, after: str = "0", count: int | None = None) -> list[Entry]:
        """Entries after an id, oldest first, at most `count`."""
        return self._after(key, StreamId.parse(after), count)

    async def read(self, key: str, *, after: str = "0", wait: float, count: int | None = None) -> list[Entry]:
        """Like `range`, waiting up to `wait` seconds for a first entry."""
        place = StreamId.parse(after)
        try:
            async with asyncio.timeout(max(wait, 0)):
                while not (entries := self._after(key, place, count)):
                    await self._news(key)
        except TimeoutError:
            return self._after(key, place, count)
        return entries

    async def last_id(self, key: str) -> str:
        """The id of the newest entry, "0" when there is none."""
        log = log_at(self._keyspace, key)
        return "0" if log is None else log.last

    async def delete(self, key: str) -> None:
        """Delete a stream."""
        self._keyspace.pop(key)

    def _after(self, key: str, place: StreamId, count: int | None) -> list[Entry]:
        log = log_at(self._keyspace, key)
        return [] if log is None else log.after(place, count)

    async def _news(self, key: str) -> None:
        """Return when something is appended."""
        waiter = asyncio.get_running_loop().create_future()
        waiters = self._waiting.setdefault(key, set())
        waiters.add(waiter)
        try:
            await waiter
        finally:
            waiters.discard(waiter)
            if not waiters and self._waiting.get(key) is waiters:
                del self._waiting[key]

    def _next(self) -> StreamId:
        """An id larger than any before, in any stream, also when the clock is set back."""
        now = self._clock() // 1_000_000
        last = self._last
        self._last = StreamId(now) if now > last.milliseconds else StreamId(last.milliseconds, last.sequence + 1)
        return self._last
