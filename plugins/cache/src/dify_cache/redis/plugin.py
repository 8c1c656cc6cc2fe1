"""The declaration of the plugin `cache-redis`."""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.cache import Cache

from ..settings import RedisSettings

if TYPE_CHECKING:
    from .cache import RedisCache


class CacheRedisPlugin(Plugin):
    """Keeps the cache in Redis, where all processes share it."""

    provides = (Provides("cache-backend", key="redis"),)
    settings = RedisSettings

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the cache; the server is asked for a sign of life on every readiness check."""
        return [Service(Cache, _cache, check=_ping)]

    @hookimpl
    def shared_backends(self) -> Iterable[str]:
        """Say that the cache is shared; asked only where this plugin has started, so where it is selected."""
        return ("cache",)

    async def start(self, runtime: Runtime) -> None:
        """Reach the server, so that a wrong address or password stops the boot and not the first request."""
        await _ping(await runtime.services.get(Cache))


async def _cache(runtime: Runtime) -> "AsyncIterator[RedisCache]":
    from .cache import open_cache  # brings redis-py, which only a selected back end needs

    async with open_cache(runtime.settings(RedisSettings)) as cache:
        yield cache


async def _ping(cache: Any) -> None:
    await cache.ping()
