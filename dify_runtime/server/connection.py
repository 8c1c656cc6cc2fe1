"""What stands between Hypercorn and one connection: three things that Hypercorn does not see to itself.

A request's headers have a time limit; Hypercorn limits only how long a connection is idle. A connection that the client
has closed is let go at once; Hypercorn would keep it for the rest of its idle time. And a body that the application
does not read to its end is read away once the answer is complete; Hypercorn would wait for ever for somebody to take
it, also after the client has gone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dify_runtime_sdk.http.types import Message, Receive, Send


class Connection:
    """One connection, seen by Hypercorn as both its reader and its application.

    The time limit of headers begins with the connection and, later, with the first byte after an answer; it ends when
    a request has reached the application. (On HTTP/2 any frame counts as such a byte.)
    """

    def __init__(
        self, app: Callable[..., Awaitable[None]], reader: asyncio.StreamReader, seconds: float, size: int
    ) -> None:
        """`app` is the wrapped application; `seconds` and `size` (bytes) are the limits of headers.

        h11 refuses headers that are over the limit and not complete: they are read in pieces of `size`, so that what
        it takes is less than twice as long.
        """
        self._app = app
        self._reader = reader
        self._seconds = seconds
        self._size = size
        self._requests = 0
        self._deadline: float | None = self._from_now()
        self._reading: asyncio.Timeout | None = None
        self.ended: Callable[[], Awaitable[None]] = _nothing
        """Called when nothing more is to be read; ends Hypercorn's wait for the idle time."""

    def _from_now(self) -> float:
        return asyncio.get_running_loop().time() + self._seconds

    def at_eof(self) -> bool:
        """Whether the peer has closed its side and all is read."""
        return self._reader.at_eof()

    async def read(self, size: int) -> bytes:
        """At most `size` bytes; raises `TimeoutError`, on which Hypercorn closes, when headers take too long."""
        data = b""
        try:
            async with asyncio.timeout_at(self._deadline) as self._reading:
                data = await self._reader.read(size if self._requests else min(size, self._size))
        finally:
            self._reading = None
            if not data:
                await self.ended()
        if self._deadline is None and not self._requests:
            self._deadline = self._from_now()
        return data

    async def __call__(self, scope: Any, receive: Receive, send: Send, *tools: Any) -> None:
        """Answer one request."""
        self._requests += 1
        self._lift()
        try:
            if scope["type"] == "http":
                await Exchange(receive, send).run(self._app, scope, *tools)
            else:
                await self._app(scope, receive, send, *tools)
        finally:
            self._requests -= 1

    def _lift(self) -> None:
        self._deadline = None
        if self._reading is not None and not self._reading.expired():
            self._reading.reschedule(None)


class Exchange:
    """One request and its answer. What is left of the body when the answer is complete is read and dropped."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._turn = asyncio.Lock()  # the application may still be receiving when the rest is read away
        self._read = False
        self._gone = False
        self._drain: asyncio.Task[None] | None = None

    async def run(self, app: Callable[..., Awaitable[None]], scope: Any, *tools: Any) -> None:
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


async def _nothing() -> None:
    """Nothing waits yet."""
