"""What stands between Hypercorn and one connection: two things that Hypercorn does not see to itself.

A request's headers have a time limit; Hypercorn limits only how long a connection is idle. And a body that the
application did not read to its end is read away: Hypercorn would wait for ever for somebody to take it, also after the
client has gone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dify_runtime_sdk.http.types import Message, Receive


class Connection:
    """One connection, seen by Hypercorn as both its reader and its application.

    The time limit of headers begins with the connection and, later, with the first byte after an answer; it ends when
    a request has reached the application. (On HTTP/2 any frame counts as such a byte.)
    """

    def __init__(self, app: Callable[..., Awaitable[None]], reader: asyncio.StreamReader, limit: float) -> None:
        """`app` is the wrapped application, `limit` the time limit of headers in seconds."""
        self._app = app
        self._reader = reader
        self._limit = limit
        self._requests = 0
        self._deadline: float | None = self._from_now()
        self._reading: asyncio.Timeout | None = None
        self._drains: set[asyncio.Task[None]] = set()

    def _from_now(self) -> float:
        return asyncio.get_running_loop().time() + self._limit

    def at_eof(self) -> bool:
        """Whether the peer has closed its side and all is read."""
        return self._reader.at_eof()

    async def read(self, size: int) -> bytes:
        """At most `size` bytes; raises `TimeoutError`, on which Hypercorn closes, when headers take too long."""
        async with asyncio.timeout_at(self._deadline) as self._reading:
            data = await self._reader.read(size)
        if self._deadline is None and not self._requests:
            self._deadline = self._from_now()
        return data

    async def __call__(self, scope: Any, receive: Receive, send: Any, *tools: Any) -> None:
        """Answer one request."""
        self._requests += 1
        self._lift()
        inbox = Inbox(receive)
        try:
            await self._app(scope, inbox.receive, send, *tools)
        finally:
            self._requests -= 1
            if scope["type"] == "http" and not inbox.ended:
                self._drain(inbox)

    def _lift(self) -> None:
        self._deadline = None
        if self._reading is not None and not self._reading.expired():
            self._reading.reschedule(None)

    def _drain(self, inbox: "Inbox") -> None:
        task = asyncio.create_task(inbox.drain())
        self._drains.add(task)
        task.add_done_callback(self._drains.discard)


class Inbox:
    """The messages of one request; `ended` once its body is read, or the client has gone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def receive(self) -> Message:
        """The next message."""
        message = await self._receive()
        self.ended = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Take what is left, and drop it; ends when the request's connection or stream is closed."""
        while not self.ended:
            await self.receive()
