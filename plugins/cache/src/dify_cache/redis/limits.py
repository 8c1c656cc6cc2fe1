"""Rate and concurrency limits in Redis, on the server's clock."""

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dify_runtime_sdk.cache import CacheError, Verdict

from ..numeric import milliseconds
from ..refusals import no_slot
from .errands import Errands
from .keeper import Keeper
from .keys import derived
from .link import Link
from .scripts import FIXED, KEEP_SLOT, SLIDING, TAKE_SLOT

_log = logging.getLogger(__name__)


class RedisLimits:
    """Limits by key; see `dify_runtime_sdk.cache.RateLimits`.

    After a failure on the way a call to `fixed` can count twice: a limit that is kept too well beats one that is not.
    """

    def __init__(self, link: Link, errands: Errands) -> None:
        self._link = link
        self._errands = errands

    async def fixed(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls per window."""
        span = milliseconds(window)
        allowed, remaining, wait = await self._link.run(FIXED, [derived("fixed", key)], limit, span)
        return Verdict(bool(allowed), remaining, (wait if wait >= 0 else span) / 1000)

    async def sliding(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls in any `window` seconds. Costs an entry per allowed call."""
        span, call = milliseconds(window) * 1000, secrets.token_hex(8)
        allowed, remaining, wait = await self._link.run(SLIDING, [derived("sliding", key)], limit, span, call)
        return Verdict(bool(allowed), remaining, wait / 1_000_000)

    @asynccontextmanager
    async def slot(self, key: str, *, limit: int, ttl: float = 600.0) -> AsyncIterator[None]:
        """Hold one of `limit` slots inside the block; it is renewed every third of `ttl`.

        A slot that the server lost, with its data, is not taken again: the limit is then not kept until the block ends.
        """
        place = _Place(self._link, key, limit, ttl)
        since = time.monotonic()
        if not await self._errands.gain(place.take(), place.undo):
            raise no_slot(key, limit)
        keeper = Keeper(place.keep, ttl, since)
        try:
            yield
        finally:
            await self._errands.finish(keeper.let_go(place.leave))


class _Place:
    """One holder's place among the slots of a key."""

    def __init__(self, link: Link, key: str, limit: int, ttl: float) -> None:
        self._link = link
        self._name = key
        self._key = derived("slots", key)
        self._limit = limit
        self._ttl = milliseconds(ttl)
        self._holder = secrets.token_hex(16)

    async def take(self) -> bool:
        """Whether there was a slot, which is taken now."""
        return bool(await self._link.run(TAKE_SLOT, [self._key], self._limit, self._ttl, self._holder))

    async def undo(self, taken: bool) -> None:
        """Leave the slot of somebody who no longer wants it."""
        if taken:
            await self.leave()

    async def keep(self) -> bool:
        """Whether the slot is still taken, and for the whole time again."""
        return bool(await self._link.run(KEEP_SLOT, [self._key], self._ttl, self._holder))

    async def leave(self) -> None:
        """Free the slot; if that fails it frees itself when its time is over."""
        try:
            await self._link.call("ZREM", self._key, self._holder)
        except CacheError as error:
            _log.warning("a slot of %r stays taken until it expires: %s", self._name, error)
