"""The service `Egress`."""

import logging
import socket
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import httpx

from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.polling import Pace

from .client import EgressClient
from .destinations import Destinations
from .failures import RequestFailed, origin_of
from .hooks import HeaderSource
from .log_filter import UrlFilter
from .network import PinnedBackend, Resolver
from .pools import Pool, Pools, Route
from .proxies import proxies_of
from .sending import Terms
from .settings import EgressSettings

_RETRIES: Final = Pace(first=0.5, longest=8.0)


class EgressService:
    """One runtime's way out; an async context manager that closes the connections. Satisfies `Egress`."""

    def __init__(
        self,
        settings: EgressSettings,
        *,
        headers: Sequence[HeaderSource] = (),
        resolver: Resolver = socket.getaddrinfo,
        pace: Pace = _RETRIES,
    ) -> None:
        """`headers` know the current trace, `resolver` is for guarded requests, `pace` is that of retries."""
        self._settings = settings
        self._headers = tuple(headers)
        self._pace = pace
        self._destinations = Destinations.of(settings)
        self._proxies = proxies_of(settings)
        self._pools = Pools(settings, PinnedBackend(self._destinations, resolver))
        self._filter = UrlFilter()

    async def __aenter__(self) -> Self:
        logging.getLogger("httpx").addFilter(self._filter)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("httpx").removeFilter(self._filter)
        await self._pools.close()

    def trusted(self, *, limits: Limits | None = None, verify: bool = True) -> httpx.AsyncClient:
        """A client for origins that the operator configured."""
        limits, settings = limits or Limits(), self._settings
        connect, silence = settings.EGRESS_TRUSTED_CONNECT_TIMEOUT, settings.EGRESS_TRUSTED_READ_TIMEOUT
        terms = Terms(
            check=_has_http,
            pool=lambda _url: self._pools.get(Route(guarded=False, verify=verify)),
            largest=limits.response_bytes,
            retries=self._retries(limits),
            total=None,
            pace=self._pace,
            proxied=False,
        )
        return EgressClient(terms, _timeout(limits, connect=connect, read=silence, write=silence, pool=silence))

    def untrusted(self, *, limits: Limits | None = None, verify: bool | None = None) -> httpx.AsyncClient:
        """A client for whatever a tenant, a graph or a package names."""
        limits, settings = limits or Limits(), self._settings
        verified = settings.HTTP_REQUEST_NODE_SSL_VERIFY if verify is None else verify

        async def pool(url: httpx.URL) -> Pool:
            return await self._pools.get(Route(guarded=True, verify=verified, proxy=self._proxies.get(url.scheme)))

        largest = settings.EGRESS_MAX_RESPONSE_BYTES if limits.response_bytes is None else limits.response_bytes
        terms = Terms(
            check=lambda url: self._destinations.check(url, direct=not self._proxies),
            pool=pool,
            largest=largest,
            retries=self._retries(limits),
            total=settings.EGRESS_TOTAL_TIMEOUT or None,
            pace=self._pace,
            proxied=bool(self._proxies),
        )
        timeout = _timeout(
            limits,
            connect=settings.SSRF_DEFAULT_CONNECT_TIME_OUT,
            read=settings.SSRF_DEFAULT_READ_TIME_OUT,
            write=settings.SSRF_DEFAULT_WRITE_TIME_OUT,
            pool=settings.SSRF_DEFAULT_TIME_OUT,
        )
        return EgressClient(terms, timeout)

    def headers(self) -> Mapping[str, str]:
        """What the contributors say of the current trace."""
        merged: dict[str, str] = {}
        for source in self._headers:
            for name, value in source().items():
                merged.setdefault(name, value)
        return merged

    def _retries(self, limits: Limits) -> int:
        return self._settings.SSRF_DEFAULT_MAX_RETRIES if limits.retries is None else limits.retries


def _timeout(limits: Limits, *, connect: float, read: float, write: float, pool: float) -> httpx.Timeout:
    return httpx.Timeout(
        connect=connect if limits.connect is None else limits.connect,
        read=read if limits.read is None else limits.read,
        write=write if limits.write is None else limits.write,
        pool=pool,
    )


def _has_http(url: httpx.URL) -> None:
    """Refuse a scheme that nobody could speak."""
    if url.scheme not in ("http", "https"):
        raise RequestFailed(f"{origin_of(url)}: only http and https can be sent", hint="check the configured address")
