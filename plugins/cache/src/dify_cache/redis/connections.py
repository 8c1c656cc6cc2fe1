"""Connections that say whether a command can have reached the server.

redis-py raises the same errors for a connection that could not be made and for one that broke under a command. Only the
former may be tried again for every command, so the connections used here raise `Unreached` for it.
"""

from collections.abc import Awaitable
from typing import Any, Protocol

from redis import exceptions as faults
from redis.asyncio.connection import AbstractConnection, Connection, RedisSSLContext, SSLConnection
from redis.asyncio.sentinel import SentinelManagedConnection


class Unreached(faults.ConnectionError):
    """There is no connection to the server, so nothing was sent."""


class Wire(Protocol):
    """What is used of one connection: redis-py's own classes leave these methods without types."""

    async def connect(self) -> None:
        """Connect, unless connected."""
        ...

    async def disconnect(self, *, nowait: bool = False) -> None:
        """Disconnect, unless disconnected."""
        ...

    async def send_command(self, *args: Any, check_health: bool = True) -> None:
        """Send a command."""
        ...

    async def read_response(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the method is redis-py's
        disconnect_on_error: bool = True,
        push_request: bool = False,
    ) -> Any:
        """Read an answer or, with `push_request`, what the server pushes; None after `timeout` seconds."""
        ...


async def _reach(attempt: Awaitable[None]) -> None:
    try:
        await attempt
    except faults.AuthenticationError:  # a refusal: it is what it says
        raise
    except (faults.ConnectionError, faults.TimeoutError) as error:
        raise Unreached(str(error)) from error


class _Telling(AbstractConnection):
    """Raises `Unreached` for whatever fails before the command."""

    async def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        """Connect and log in."""
        await _reach(super().connect_check_health(*args, **kwargs))

    async def check_health(self) -> None:
        """Ping the server if the connection was idle for long."""
        await _reach(super().check_health())  # type: ignore[no-untyped-call]  # redis-py leaves it without types


class PlainConnection(_Telling, Connection):
    """To a server, as it is."""


class TlsConnection(_Telling, SSLConnection):
    """To a server, by TLS. All connections share one context, since making one takes longer than a handshake."""

    def __init__(self, *, tls: RedisSSLContext, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ssl_context = tls


class MasterConnection(_Telling, SentinelManagedConnection):
    """To the master that Sentinels name."""


class TlsMasterConnection(TlsConnection, SentinelManagedConnection):
    """To the master that Sentinels name, by TLS."""
