"""Rate and concurrency limits in memory."""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dify_runtime_sdk.cache import Verdict

from ..refusals import no_slot
from .expiring import Expiring


class LocalLimits:
    """Limits by key; see `dify_runtime_sdk.cache.RateLimits`. A sliding window costs one number per allowed call."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Expiring[int] = Expiring(clock)
        self._calls: Expiring[deque[float]] = Expiring(clock)
        self._taken: dict[str, int] = {}

    async def fixed(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls per window."""
        count = self._counts.get(key) or 0
        if count >= limit:
            return Verdict(False, 0, self._counts.remaining(key) or window)
        if count:
            self._counts.update(key, count + 1)
        else:
            self._counts.put(key, 1, window)
        return Verdict(True, limit - count - 1, 0.0)

    async def sliding(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls in any `window` seconds."""
        now = self._clock()
        calls = self._calls.get(key) or deque()
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= limit:
            return Verdict(False, 0, calls[len(calls) - limit] + window - now if limit > 0 else window)
        calls.append(now)
        self._calls.put(key, calls, window)
        return Verdict(True, limit - len(calls), 0.0)

    @asynccontextmanager
    async def slot(self, key: str, *, limit: int, ttl: float = 600.0) -> AsyncIterator[None]:
        """Hold one of `limit` slots inside the block; `ttl` has no meaning here, as for locks."""
        taken = self._taken.get(key, 0)
        if taken >= limit:
            raise no_slot(key, limit)
        self._taken[key] = taken + 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]

    async def sweep(self) -> None:
        """Drop what has expired."""
        await self._counts.sweep()
        await self._calls.sweep()
