"""The log line of a request."""

import asyncio
import logging
import time
from typing import Final
from urllib.parse import quote

from dify_runtime_sdk.http import ASGIApp, Message, Receive, Scope, Send

from ..log.context import current_context
from .bodies import BodySample

_log = logging.getLogger("dify_foundation.requests")

_MAX_PATH: Final = 2048
_CLIENT_CLOSED: Final = 499
"""What is logged when the client went away before it had an answer; never sent."""


class RequestLoggingMiddleware:
    """Logs `METHOD path status duration_ms trace_id` at INFO when a response has ended, streams included.

    At DEBUG, JSON request and response bodies follow, up to 8 KiB each. The path is the one on the wire, without the
    query, which may hold signatures and tokens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not _log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        exchange = _Bodies(scope, receive, send) if _log.isEnabledFor(logging.DEBUG) else _Exchange(receive, send)
        started = time.perf_counter()
        without_answer = 500
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            without_answer = _CLIENT_CLOSED
            raise
        finally:
            context = current_context()
            status = exchange.status or without_answer
            milliseconds = (time.perf_counter() - started) * 1000
            trace_id = context.trace_id if context else "-"
            _log.info("%s %s %d %.3f %s", scope["method"], _path(scope), status, milliseconds, trace_id)
            exchange.log_bodies()


def _path(scope: Scope) -> str:
    """The path as it came, in printable characters."""
    raw: bytes | None = scope.get("raw_path")
    text = quote(scope["path"]) if raw is None else quote(raw.partition(b"?")[0], safe="/%!$&'()*+,;=:@-._~")
    return text[:_MAX_PATH]


class _Exchange:
    """The messages of one request, of which the status is of interest."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.receive = receive
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        """Pass a message to the client."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def log_bodies(self) -> None:
        """Log the bodies; here there are none."""


class _Bodies(_Exchange):
    """The messages of one request, with samples of the bodies."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(self._sampled(receive), send)
        self._request = BodySample()
        self._request.expect(scope["headers"])
        self._response = BodySample()

    def _sampled(self, receive: Receive) -> Receive:
        async def sampled() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._request.add(message.get("body", b""))
            return message

        return sampled

    async def send(self, message: Message) -> None:
        """Pass a message to the client."""
        if message["type"] == "http.response.start":
            self._response.expect(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._response.add(message.get("body", b""))
        await super().send(message)

    def log_bodies(self) -> None:
        """Log the bodies that are JSON."""
        for name, sample in (("request", self._request), ("response", self._response)):
            text = sample.text()
            if text is not None:
                _log.debug("%s body: %s", name, text)
