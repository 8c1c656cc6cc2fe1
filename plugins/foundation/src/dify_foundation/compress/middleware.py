"""Gzip compression of responses."""

import asyncio
import zlib
from typing import Final

from dify_runtime_sdk.http import ASGIApp, Message, Receive, Scope, Send

from .negotiation import accepts_gzip, compressed, compressible, content_length, header, vary

_LEVEL: Final = 6
_GZIP_WINDOW: Final = 31
"""zlib's way to say: the largest window, in gzip's format."""
MIN_BYTES: Final = 500
"""Below this a response gains nothing."""
INLINE_BYTES: Final = 64 * 1024
"""Above this a piece is compressed in a thread, so that the event loop does not wait for it."""


class CompressMiddleware:
    """Compresses responses to clients that accept gzip; event streams and what is already encoded are left alone.

    A response sent in one piece gets its new length; one sent in several is compressed piece by piece, each flushed,
    so that the client has it at once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        response = _Response(send, wanted=accepts_gzip(header(scope["headers"], b"accept-encoding")))
        await self._app(scope, receive, response.send)


class _Response:
    """One response on its way out: its start is held back until the first piece of the body shows what to do."""

    def __init__(self, send: Send, *, wanted: bool) -> None:
        self._send = send
        self._wanted = wanted
        self._start: Message | None = None
        self._gzip: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        """Pass one ASGI message on, changed or not."""
        if message["type"] == "http.response.start":
            await self._hold(message)
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._release()
            await self._send(message)

    async def _hold(self, start: Message) -> None:
        """Keep the start message if the response may be compressed, else pass it on."""
        if not compressible(start):
            await self._send(start)
            return
        start = {**start, "headers": vary(list(start.get("headers") or []))}
        if self._wanted:
            self._start = start
        else:
            await self._send(start)

    async def _release(self) -> None:
        """Send the start message that was held back."""
        start, self._start = self._start, None
        if start is not None:
            await self._send(start)

    async def _body(self, message: Message) -> None:
        if self._start is not None:
            await self._decide(message)
        if self._gzip is not None:
            await self._compress(message)
        else:
            await self._send(message)

    async def _decide(self, first: Message) -> None:
        """Start to compress unless the whole body is known to be short."""
        start = self._start
        if start is None:
            return
        whole = not first.get("more_body", False)
        length = len(first.get("body", b"")) if whole else content_length(start["headers"])
        if length is not None and length < MIN_BYTES:
            await self._release()
            return
        self._gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        if not whole:
            start["headers"] = compressed(start["headers"], None)
            await self._release()

    async def _compress(self, message: Message) -> None:
        data = message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > INLINE_BYTES:
            packed = await asyncio.to_thread(self._pack, data, more)
        else:
            packed = self._pack(data, more)
        if self._start is not None:
            self._start["headers"] = compressed(self._start["headers"], len(packed))
            await self._release()
        if packed or not more:
            await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    def _pack(self, data: bytes, more: bool) -> bytes:
        """Compress one piece, and flush so that the receiver can read all of it."""
        gzip = self._gzip
        if gzip is None or (more and not data):
            return b""
        return gzip.compress(data) + gzip.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
