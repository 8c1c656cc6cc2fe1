"""Keeping what expires."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from dify_runtime_sdk.cache import CacheError


class Keeper:
    """Renews what its holder has for `ttl` seconds at a time, every third of that, until it is stopped.

    `renew` tells whether it was still there, and raises `CacheError` when nobody can tell; that is tried again until
    `ttl` seconds have passed since the last success. The clock is this process's own, and it starts before the server's
    does, so a holder never believes for longer than the server that it holds something.
    """

    def __init__(self, renew: Callable[[], Awaitable[bool]], ttl: float, since: float) -> None:
        self._renew = renew
        self._ttl = ttl
        self._until = since + ttl
        self._gone = False
        self._task = asyncio.create_task(self._keep(), name="cache-redis: renewal")

    @property
    def lost(self) -> bool:
        """Whether somebody else may have it now; once true it stays so."""
        self._gone = self._gone or time.monotonic() >= self._until
        return self._gone

    async def let_go(self, release: Callable[[], Awaitable[None]]) -> None:
        """Renew no more, then `release`."""
        self._task.cancel()
        await asyncio.wait((self._task,))
        await release()

    async def _keep(self) -> None:
        while not self.lost:
            await asyncio.sleep(self._ttl / 3)
            began = time.monotonic()
            kept = await self._attempt()
            if kept is False:
                self._gone = True
            elif kept and not self.lost:
                self._until = began + self._ttl

    async def _attempt(self) -> bool | None:
        try:
            return await self._renew()
        except CacheError:
            return None
