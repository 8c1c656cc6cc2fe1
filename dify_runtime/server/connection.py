"""What stands between Hypercorn and one connection: three things that Hypercorn does not see to itself.

A request's headers have a time limit; Hypercorn limits only how long a connection is idle. A connection that the client
has closed is let go at once; Hypercorn would keep it for the rest of its idle time, in a task made anew with every
request, whose place an `IdleWatch` takes. And a body that the application does not read to its end is read away once
the answer is complete; Hypercorn would wait for ever for somebody to take it, also after the client has gone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from dify_runtime_sdk.http.types import Message, Receive, Send

from .settings import ServerSettings
from .timers import IdleWatch, Limit

type Application = Callable[..., Awaitable[None]]

_ANNOUNCING: Final = (b"content-length", b"transfer-encoding")


class Connection:
    """One connection, seen by Hypercorn as both its reader and its application.

    The time limit of headers begins with the connection and, later, with the first byte after an answer; it ends when
    a request has reached the application. (On HTTP/2 any frame counts as such a byte.)
    """

    def __init__(
        self,
        app: Application,
        reader: asyncio.StreamReader,
        transport: asyncio.WriteTransport,
        settings: ServerSettings,
    ) -> None:
        """`app` is the wrapped application.

        h11 refuses headers that are over the limit and not complete: they are read in pieces of its size, so that what
        it takes is less than twice as long.
        """
        self._app = app
        self._reader = reader
        self._transport = transport
        self._size = settings.SERVER_MAX_HEADER_BYTES
        self._requests = 0
        self._headers = Limit(settings.SERVER_HEADER_TIMEOUT, self._give_up)
        self._headers.set()
        self.idle = IdleWatch(settings.SERVER_KEEP_ALIVE_TIMEOUT, self._give_up)
        """Hypercorn says here when the connection is idle."""

    def _give_up(self) -> None:
        """Let Hypercorn close: it reads no more."""
        self._reader.set_exception(TimeoutError("the client took too long"))

    def abort(self) -> None:
        """Drop the socket with what is buffered for it."""
        self._transport.abort()

    def at_eof(self) -> bool:
        """Whether the peer has closed its side and all is read."""
        return self._reader.at_eof()

    async def read(self, size: int) -> bytes:
        """At most `size` bytes; raises `TimeoutError`, on which Hypercorn closes, when the client takes too long."""
        data = await self._reader.read(size if self._requests else min(size, self._size))
        if not self._headers.is_set and not self._requests:
            self._headers.set()
        return data

    async def __call__(self, scope: Any, receive: Receive, send: Send, *tools: Any) -> None:
        """Answer one request."""
        self._requests += 1
        self._headers.lift()
        try:
            if scope["type"] == "http":
                await Exchange(receive, send, has_body=_has_body(scope)).run(self._app, scope, *tools)
            else:
                await self._app(scope, receive, send, *tools)
        finally:
            self._requests -= 1

    def close(self) -> None:
        """Let go of the timers; nothing is read after this."""
        self._headers.close()
        self.idle.close()


class Exchange:
    """One request and its answer. What is left of the body when the answer is complete is read and dropped."""

    def __init__(self, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._turn = asyncio.Lock()  # the application may still be receiving when the rest is read away
        self._read = not has_body
        self._gone = False
        self._drain: asyncio.Task[None] | None = None

    async def run(self, app: Application, scope: Any, *tools: Any) -> None:
        """Have `app` answer."""
        try:
            await app(scope, self.receive, self.send, *tools)
        finally:
            self._finish()

    async def receive(self) -> Message:
        """The next part of the body; `http.disconnect` when there is no more to come."""
        async with self._turn:
            if self._gone:
                return {"type": "http.disconnect"}
            message = await self._receive()
            self._gone = message["type"] == "http.disconnect"
            self._read = not message.get("more_body", False)
            return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._finish()
        await self._send(message)

    def _finish(self) -> None:
        if not self._read and self._drain is None:
            self._drain = asyncio.create_task(self._read_away(), name="rest of a request's body")

    async def _read_away(self) -> None:
        while not self._read:
            await self.receive()


def _has_body(scope: Any) -> bool:
    """Whether a body may follow. HTTP/1 announces it; of HTTP/2 only the next frame would say."""
    if not scope["http_version"].startswith("1"):
        return True
    return any(name in _ANNOUNCING for name, _ in scope["headers"])
