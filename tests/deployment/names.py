"""A name server on loopback whose answers a test can change, in place of a container engine's."""

import socket
import socketserver
import struct
import threading
from typing import Self

_HEADER = 12
_A = 1


class NameServer:
    """Answers every question for an address with `addresses`; there is no IPv6."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, reply_to = self.request
                reply_to.sendto(outer._answer(question), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """Where it listens, as `host:port`."""
        host, port = self._server.socket.getsockname()
        return f"{host}:{port}"

    def _answer(self, message: bytes) -> bytes:
        end = message.index(b"\0", _HEADER) + 5
        (kind,) = struct.unpack_from("!H", message, end - 4)
        addresses = self.addresses if kind == _A else []
        header = message[:2] + struct.pack("!5H", 0x8180, 1, len(addresses), 0, 0)
        record = struct.pack("!HHHIH", 0xC00C, _A, 1, 1, 4)
        return header + message[_HEADER:end] + b"".join(record + socket.inet_aton(one) for one in addresses)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
