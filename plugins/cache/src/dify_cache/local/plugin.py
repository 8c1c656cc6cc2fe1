"""The declaration of the plugin `cache-local`."""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.cache import Cache

if TYPE_CHECKING:
    from .cache import LocalCache


class CacheLocalPlugin(Plugin):
    """Keeps the cache in the process: nothing is shared with others, and nothing survives."""

    provides = (Provides("cache-backend", key="local"),)

    @hookimpl
    def services(self) -> Iterable[Service[Any]]:
        """Offer the cache."""
        return [Service(Cache, _cache)]


async def _cache(_runtime: Runtime) -> "AsyncIterator[LocalCache]":
    from .cache import LocalCache  # only a selected back end is imported

    async with LocalCache() as cache:
        yield cache
