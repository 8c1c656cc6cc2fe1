"""From httpx's request to httpcore's connection and back: check, send, repeat, bound."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpcore
import httpx
import ssrfguard

from dify_runtime_sdk.polling import Pace

from .bodies import BoundedResponse
from .failures import REPEATED, RequestDenied, RequestFailed, denied, origin_of, translated
from .pools import Pool
from .proxies import is_refusal
from .retries import pause_after, repeatable

_log = logging.getLogger(__name__)

DEADLINE: Final = "egress_deadline"
"""The extension of a request, passed on to redirects by httpx, that holds when it must be done: a time of the loop."""

_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms one client sends."""

    check: Callable[[httpx.URL], None]
    """Raises for a destination that is refused on the face of its URL."""
    pool: Callable[[httpx.URL], Awaitable[Pool]]
    largest: int | None
    """Bytes of a decoded body."""
    retries: int
    total: float | None
    """Seconds, from the first attempt to the last byte."""
    pace: Pace
    proxied: bool


class Sending(httpx.AsyncBaseTransport):
    """The transport of one client. Closing it closes nothing: the pools are shared."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`, again if that is harmless and may help; raises our errors alone."""
        self._terms.check(request.url)
        if (request.url.port or 0) > _LAST_PORT:  # httpx lets any number pass, and what is below does not
            raise RequestFailed(f"{origin_of(request.url)}: there is no such port", hint="check the address")
        attempts = 1 + (self._terms.retries if repeatable(request) else 0)
        for attempt in range(1, attempts):
            try:
                response = await self._attempt(request)
            except REPEATED:
                pause: float | None = self._terms.pace.delay(attempt)
            else:
                pause = pause_after(response, attempt, self._terms.pace)
                if pause is None:
                    return response
                await response.aclose()
            await asyncio.sleep(pause or 0)
        return await self._attempt(request)

    async def _attempt(self, request: httpx.Request) -> httpx.Response:
        pool = await self._terms.pool(request.url)
        try:
            answer = await pool.handle_async_request(_for_httpcore(request))
        except ssrfguard.BlockedAddressError as refusal:
            # where a name leads to is for the operator to know, not for whoever wrote the name
            _log.info("refused to connect to %s: %s", origin_of(request.url), refusal)
            raise denied(request.url, "it does not lead to the public internet") from refusal
        except _NETWORK as error:
            raise translated(error, request.url) from None
        deadline = request.extensions.get(DEADLINE)
        response = BoundedResponse.wrap(answer, request, largest=self._terms.largest, deadline=deadline)
        try:
            self._examine(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    def _examine(self, response: BoundedResponse) -> None:
        """Raise for an answer that is none, or that is too large beforehand."""
        if self._terms.proxied and is_refusal(response):
            hint = "see the access list of the proxy"
            raise RequestDenied(f"{origin_of(response.request.url)} is refused by the forward proxy", hint=hint)
        response.check_announced_size()


_NETWORK: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    UnicodeError,  # a name that cannot be one
)


def _for_httpcore(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
