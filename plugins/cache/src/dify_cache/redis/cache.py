"""The family of protocols on Redis."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..settings import RedisSettings
from .address import locate
from .deploy import deploy
from .errands import Errands
from .limits import RedisLimits
from .link import Link
from .listener import Listener
from .locks import RedisLocks
from .pubsub import RedisPubSub
from .readers import Readers
from .streams import RedisStreams
from .tuning import Tuning
from .values import RedisCounters, RedisValues

_log = logging.getLogger(__name__)


class RedisCache:
    """The service `Cache` in Redis; made by `open_cache`."""

    def __init__(self, link: Link, tuning: Tuning) -> None:
        self._link = link
        self._errands = Errands()
        self._listener = Listener(link, tuning)
        self._readers = Readers(link, tuning)
        self.values = RedisValues(link)
        self.counters = RedisCounters(link)
        self.locks = RedisLocks(link, self._errands, tuning)
        self.limits = RedisLimits(link, self._errands)
        self.pubsub = RedisPubSub(link, self._listener, tuning.backlog)
        self.streams = RedisStreams(link, self._readers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._link.label}>"

    async def ping(self) -> None:
        """Ask the servers, in a cluster all of them, for a sign of life; raises `CacheError`."""
        await self._link.call("PING")

    async def close(self) -> None:
        """Release what cancelled callers left behind, and disconnect."""
        await self._readers.close()
        await self._listener.close()
        await self._errands.close()
        await self._link.close()


@asynccontextmanager
async def open_cache(settings: RedisSettings, tuning: Tuning | None = None) -> AsyncIterator[RedisCache]:
    """The cache at the servers that the settings name; connects at the first use. Raises `SettingsError`."""
    address, tuning = locate(settings), tuning or Tuning()
    if settings.REDIS_ENABLE_CLIENT_SIDE_CACHE:
        _log.warning("REDIS_ENABLE_CLIENT_SIDE_CACHE has no effect: every read asks the server")
    cache = RedisCache(Link(await deploy(address, tuning), address, tuning), tuning)
    try:
        yield cache
    finally:
        await cache.close()
