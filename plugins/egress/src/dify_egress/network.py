"""Connections: to the very address that was checked, and closed whatever interrupts them.

A name is looked up once. The library `ssrfguard` judges every answer, and the socket is opened to an answer, never to
the name; TLS is still verified against the name, because httpcore passes it on by itself. The library's transport
for httpx is not used: it knows neither names that may lead to private networks nor ranges of ports, lets an allow list
win, and does not count the look-up into the time limit.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import httpcore
import ssrfguard

from .destinations import Destinations
from .hosts import literal

type Resolver = Callable[..., Any]
"""Called like `socket.getaddrinfo`, in a thread."""

_LOOKUPS: Final = 32
"""Look-ups at a time. They get threads of their own: one that hangs must not hold up files and password hashes."""
_ADDRESSES: Final = 4
"""How many addresses of one name are tried: their number is the choice of whoever runs the name."""


class ClosingStream(httpcore.AsyncNetworkStream):
    """A stream that is also closed when its TLS handshake is cancelled; httpcore's own stays open then."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read."""
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - see `read`
        """Write."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - see `read`
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands, or close."""
        try:
            return ClosingStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except asyncio.CancelledError:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        """Facts about the connection."""
        return self._stream.get_extra_info(info)


class OpenBackend(httpcore.AsyncNetworkBackend):
    """Connects wherever it is told to."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises httpcore's errors."""
        return ClosingStream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class PinnedBackend(OpenBackend):
    """Connects to checked addresses only."""

    def __init__(self, destinations: Destinations, resolver: Resolver = socket.getaddrinfo) -> None:
        super().__init__()
        self._destinations = destinations
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="egress-lookup")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look up, check, connect, all within `timeout`.

        Raises httpcore's errors, and `ssrfguard.BlockedAddressError` if one of the addresses may not be connected to.
        """
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._look_up(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not looked up in time") from None
        left = None if timeout is None else max(timeout - (time.monotonic() - began), 0)
        connect = partial(super().connect_tcp, local_address=local_address, socket_options=socket_options)
        return await _first(connect, addresses[:_ADDRESSES], port, left)

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`, all of which were checked."""
        target = ssrfguard.Target(scheme="tcp", host=host, port=port, host_as_written=host, address=literal(host))
        verdicts = self._destinations.verdicts(host.lower().rstrip("."))
        work = partial(ssrfguard.resolve, target, policy=verdicts, resolver=self._resolver)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (OSError, UnicodeError) as error:  # gaierror is one; a name can also be none at all
            raise httpcore.ConnectError("the name cannot be looked up") from error
        return [str(address.ip) for address in found]

    def close(self) -> None:
        """Let go of the threads; one that hangs in a look-up ends with it."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _first(
    connect: Callable[..., Any], addresses: Sequence[str], port: int, seconds: float | None
) -> httpcore.AsyncNetworkStream:
    """Connect to the first address that answers; each gets an equal share of the time that is left."""
    deadline = None if seconds is None else time.monotonic() + seconds
    for left in range(len(addresses), 0, -1):
        share = None if deadline is None else max(deadline - time.monotonic(), 0) / left
        try:
            stream: httpcore.AsyncNetworkStream = await connect(addresses[-left], port, share)
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            if left == 1:
                raise
        else:
            return stream
    raise httpcore.ConnectError("the name has no address")
