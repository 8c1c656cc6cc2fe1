"""One request as the edge sees it: what was heard of it, and what was said."""

import asyncio
from contextlib import suppress
from typing import Final

from dify_runtime_sdk.http import Message, Receive, Scope, Send

from .groups import Group

_LINGER: Final = 2.0
"""How long a client may go on sending after its answer, in seconds."""

_BODILESS: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class Exchange:
    """Wraps the two ASGI callables of one request."""

    __slots__ = ("_gone", "_group", "_heard_all", "_news", "_reading", "_receive", "_scope", "_send", "started")

    def __init__(self, scope: Scope, receive: Receive, send: Send, group: Group) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._group = group
        self._heard_all = False
        self._gone = False
        self._reading = False
        self._news: asyncio.Event | None = None
        self.started = False

    async def receive(self) -> Message:
        """The next message of the request; once the client has left, that again and again."""
        if self._gone:
            return {"type": "http.disconnect"}
        self._reading = True
        try:
            message = await self._receive()
        finally:
            self._reading = False
        if message["type"] == "http.disconnect":
            self._gone = self._heard_all = True
        elif not message.get("more_body", False):
            self._heard_all = True
        if self._heard_all and self._news is not None:
            self._news.set()
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer: the headers of CORS with its start, its end when the client listens."""
        kind = message["type"]
        if kind == "http.response.start":
            self.started = True
            cors = self._group.cors
            if cors is not None:
                message = {**message, "headers": cors.decorate(self._scope, list(message.get("headers", ())))}
        elif not self._heard_all and self._scope["method"] not in _BODILESS and not message.get("more_body", False):
            await self._linger()
        await self._send(message)

    async def _linger(self) -> None:
        """Let the client finish sending, and forget what it sends.

        The server closes the connection with the end of an answer, and a client that is still sending then finds it
        reset, and never reads that its upload was too large or its key wrong.
        """
        self._news = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                while not self._heard_all:
                    if self._reading:
                        await self._news.wait()
                    else:
                        await self.receive()
