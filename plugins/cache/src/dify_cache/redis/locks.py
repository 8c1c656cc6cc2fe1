"""Mutual exclusion between processes.

A lock is a key with the name of its holder, which expires unless it is renewed; beside it the last fencing token is
kept. Who waits for a lock tries again with growing pauses, so nobody is first in a queue. Not re-entrant.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dify_runtime_sdk.cache import CacheError, Lease

from ..numeric import milliseconds
from ..refusals import lock_timeout
from .errands import Errands
from .keeper import Keeper
from .keys import derived
from .link import Link
from .scripts import ACQUIRE, RELEASE, RENEW
from .tuning import Tuning

_FENCE_KEPT = 86_400_000
"""Milliseconds for which the last token is kept: longer than any clock is set back."""

_log = logging.getLogger(__name__)


class RedisLease:
    """A lock that is held."""

    def __init__(self, token: int, keeper: Keeper) -> None:
        self._token = token
        self._keeper = keeper

    @property
    def token(self) -> int:
        """The fencing token."""
        return self._token

    @property
    def lost(self) -> bool:
        """Whether the lock was not renewed in time; what runs under it is not stopped, so ask before what matters."""
        return self._keeper.lost


class RedisLocks:
    """Locks by name; see `dify_runtime_sdk.cache.Locks`."""

    def __init__(self, link: Link, errands: Errands, tuning: Tuning) -> None:
        self._link = link
        self._errands = errands
        self._tuning = tuning

    @asynccontextmanager
    async def hold(self, name: str, *, ttl: float = 30.0, wait: float | None = None) -> AsyncIterator[Lease]:
        """Hold the lock inside the block; it is renewed every third of `ttl`."""
        claim = _Claim(self._link, name, ttl)
        token, since = await self._acquire(claim, wait)
        keeper = Keeper(claim.renew, ttl, since)
        try:
            yield RedisLease(token, keeper)
        finally:
            await self._errands.finish(keeper.let_go(claim.release))

    async def _acquire(self, claim: "_Claim", wait: float | None) -> tuple[int, float]:
        """The fencing token, and when the lock was asked for."""
        deadline = float("inf") if wait is None else time.monotonic() + wait
        for pause in self._tuning.polls():
            since = time.monotonic()
            token, left = await self._errands.gain(claim.acquire(), claim.undo)
            if token:
                return token, since
            pause = min(pause, left, deadline - time.monotonic())
            if pause <= 0:
                break
            await asyncio.sleep(pause)
        raise lock_timeout(claim.name, wait)


class _Claim:
    """One holder's claim to a lock."""

    def __init__(self, link: Link, name: str, ttl: float) -> None:
        self.name = name
        self._link = link
        self._ttl = milliseconds(ttl)
        self._lock, self._fence = derived("lock", name), derived("fence", name)
        self._holder = secrets.token_hex(16)

    async def acquire(self) -> tuple[int, float]:
        """The fencing token, or 0 and for how many seconds somebody else holds the lock."""
        answer = await self._link.run(ACQUIRE, [self._lock, self._fence], self._holder, self._ttl, _FENCE_KEPT)
        return int(answer[0]), answer[1] / 1000 if answer[1] > 0 else float("inf")

    async def undo(self, gained: tuple[int, float]) -> None:
        """Release what was gained for somebody who no longer wants it."""
        if gained[0]:
            await self.release()

    async def renew(self) -> bool:
        """Whether the lock is still held, and for the whole time again."""
        return bool(await self._link.run(RENEW, [self._lock], self._holder, self._ttl))

    async def release(self) -> None:
        """Free the lock; if that fails it frees itself when its time is over."""
        try:
            await self._link.run(RELEASE, [self._lock], self._holder)
        except CacheError as error:
            _log.warning("lock %r stays until it expires: %s", self.name, error)
