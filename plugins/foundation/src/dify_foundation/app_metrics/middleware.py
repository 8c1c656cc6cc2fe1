"""Version headers on every response."""

from collections.abc import Awaitable
from typing import Final

from dify_runtime_sdk import DIFY_API_VERSION, Introspection, Runtime, ServiceError
from dify_runtime_sdk.http import ASGIApp, Message, Middleware, Receive, Scope, Send

type Headers = tuple[tuple[bytes, bytes], ...]

_STARTS: Final = frozenset(("http.response.start", "websocket.http.response.start"))


class VersionHeadersMiddleware:
    """Adds `X-Version`, `X-Env` and `X-Runtime-Version` to every response, also to errors.

    The host's version is looked up with the first request, since services cannot be looked up earlier.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, environment: str) -> None:
        self._app = app
        self._runtime = runtime
        self._known: Headers = ((b"x-version", _encoded(DIFY_API_VERSION)), (b"x-env", _encoded(environment)))
        self._complete: Headers | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = self._complete or await self._look_up()

        # a plain function that hands on what `send` returns: it costs every message less than a coroutine would
        def send_marked(message: Message) -> Awaitable[None]:
            if message["type"] in _STARTS:
                message["headers"] = [*message.get("headers", ()), *headers]
            return send(message)

        await self._app(scope, receive, send_marked)

    async def _look_up(self) -> Headers:
        """The headers with the host's version; without it while the host cannot be asked."""
        try:
            host = await self._runtime.services.get(Introspection)
        except ServiceError:
            return self._known
        self._complete = (*self._known, (b"x-runtime-version", _encoded(host.version)))
        return self._complete


def version_headers(runtime: Runtime, environment: str) -> Middleware:
    """The middleware, ready to wrap an application."""

    def wrap(app: ASGIApp) -> ASGIApp:
        return VersionHeadersMiddleware(app, runtime, environment)

    return wrap


def _encoded(value: str) -> bytes:
    """A header value: printable ASCII on one line."""
    return " ".join(value.split()).encode("ascii", "replace")
