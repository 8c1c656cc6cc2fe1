"""The listening socket: bound before the boot, so that a used port fails at once, and listening after it."""

import errno
import socket
from typing import Any

from ..errors import ServerError


def bind(host: str, port: int) -> socket.socket:
    """A stream socket bound to `host` and `port` (0 = any free one) that does not listen yet: connections are refused.

    `host` is an address or a name; of a name the first address counts. `::` takes IPv4 as well. Raises `ServerError`
    when the port is in use, needs privileges, or the address is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise refusal(error, host, port) from error
    listener = socket.socket(family, kind, protocol)
    try:
        _prepare(listener, any_address=host == "::")
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise refusal(error, host, port) from error
    return listener


def _prepare(listener: socket.socket, *, any_address: bool) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    if any_address:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setblocking(False)


def adopt(descriptor: int) -> socket.socket:
    """The socket behind a descriptor that this process inherited; its own children do not."""
    listener = socket.socket(fileno=descriptor)
    listener.set_inheritable(False)
    listener.setblocking(False)
    return listener


def url(listener: socket.socket) -> str:
    """Where the socket is reached, with its real port."""
    return f"http://{_joined(*listener.getsockname()[:2])}"


def refusal(error: OSError, host: str, port: int) -> ServerError:
    """The error to show when `host` and `port` cannot be had: the reason in words, and what to change."""
    where = f"cannot listen on {_joined(host, port)}"
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"{where}: the port is in use", hint="stop the process that has it, or choose another with --port"
        )
    if error.errno == errno.EACCES:
        return ServerError(f"{where}: no permission for this port", hint="choose one above 1023 with --port")
    return ServerError(
        f"{where}: {error.strerror or error}", hint="choose an address of this machine with --host, a port with --port"
    )


def unused(error: OSError, listener: socket.socket) -> ServerError:
    """The error to show when a bound socket cannot listen: somebody else began to in the meantime."""
    address: Any = listener.getsockname()
    return refusal(error, *address[:2])


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
