"""Mutual exclusion between the tasks of a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dify_runtime_sdk.cache import Lease

from ..fencing import Fence
from ..refusals import lock_timeout


@dataclass(frozen=True, slots=True)
class LocalLease:
    """A lock that is held; it cannot be lost, as its holder cannot die alone."""

    token: int
    lost: bool = False


@dataclass(slots=True)
class _Entry:
    """The lock of a name, while anybody holds it or waits for it."""

    users: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LocalLocks:
    """Locks by name, first come, first served; see `dify_runtime_sdk.cache.Locks`. Not re-entrant."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._fence = Fence()

    @asynccontextmanager
    async def hold(self, name: str, *, ttl: float = 30.0, wait: float | None = None) -> AsyncIterator[Lease]:
        """Hold the lock inside the block; `ttl` has no meaning here, since the block ends with its process."""
        entry = self._entries.setdefault(name, _Entry())
        entry.users += 1
        try:
            await _acquire(entry, name, wait)
            try:
                yield LocalLease(self._fence.next())
            finally:
                entry.lock.release()
        finally:
            entry.users -= 1
            if not entry.users:
                del self._entries[name]


async def _acquire(entry: _Entry, name: str, wait: float | None) -> None:
    if wait is not None and wait <= 0 and entry.users > 1:
        raise lock_timeout(name, wait)
    try:
        async with asyncio.timeout(wait):
            await entry.lock.acquire()
    except TimeoutError:
        raise lock_timeout(name, wait) from None
