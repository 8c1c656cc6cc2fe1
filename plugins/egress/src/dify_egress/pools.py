"""The connection pools of one runtime, each made at its first use."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import httpcore

from dify_runtime_sdk.egress import EgressError

from .network import OpenBackend, PinnedBackend
from .proxies import ForwardProxy
from .settings import EgressSettings
from .tls import TlsContexts


class Pool(Protocol):
    """The part of httpcore's pools that is used."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Which pool a request takes."""

    guarded: bool
    verify: bool
    proxy: ForwardProxy | None = None


class Pools:
    """Makes pools and closes them."""

    def __init__(self, settings: EgressSettings, pinned: PinnedBackend) -> None:
        self._settings = settings
        self._pinned = pinned
        self._open = OpenBackend()
        self._tls = TlsContexts(settings.EGRESS_CA_BUNDLE)
        self._pools: dict[Route, Pool] = {}
        self._making = asyncio.Lock()
        self._closed = False

    async def get(self, route: Route) -> Pool:
        """The pool of this route; raises `EgressError` after the close."""
        if self._closed:
            raise EgressError("outbound requests have ended with the runtime", hint="send them before the plugins stop")
        pool = self._pools.get(route)
        if pool is None:
            async with self._making:
                pool = self._pools.get(route)
                if pool is None:
                    pool = self._pools[route] = await self._make(route)
        return pool

    async def _make(self, route: Route) -> Pool:
        options: dict[str, Any] = {
            "ssl_context": await self._tls.get(verify=route.verify),
            "network_backend": self._pinned if route.guarded and route.proxy is None else self._open,
            **self._sizes(route),
        }
        if route.proxy is None:
            return httpcore.AsyncConnectionPool(**options)
        if route.proxy.url.startswith("https:"):
            options["proxy_ssl_context"] = await self._tls.get(verify=True)
        return httpcore.AsyncHTTPProxy(proxy_url=route.proxy.url, proxy_auth=route.proxy.login, **options)

    def _sizes(self, route: Route) -> dict[str, Any]:
        settings = self._settings
        if not route.guarded:
            return {
                "max_connections": settings.EGRESS_TRUSTED_MAX_CONNECTIONS,
                "max_keepalive_connections": settings.EGRESS_TRUSTED_MAX_KEEPALIVE_CONNECTIONS,
                "keepalive_expiry": 30.0,
            }
        return {
            "max_connections": settings.SSRF_POOL_MAX_CONNECTIONS,
            "max_keepalive_connections": settings.SSRF_POOL_MAX_KEEPALIVE_CONNECTIONS,
            "keepalive_expiry": settings.SSRF_POOL_KEEPALIVE_EXPIRY,
        }

    async def close(self) -> None:
        """Close all connections, also those in use."""
        self._closed = True
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()
        self._pinned.close()
