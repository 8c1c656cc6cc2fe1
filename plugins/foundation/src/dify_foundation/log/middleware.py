"""A logging context for every request."""

from typing import TYPE_CHECKING

from .context import CURRENT, LogContext

if TYPE_CHECKING:
    from dify_runtime_sdk.http import ASGIApp, Receive, Scope, Send


class LogContextMiddleware:
    """Opens a logging context around each request; costs about a microsecond."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve one connection in a context of its own."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        token = CURRENT.set(LogContext())
        try:
            await self._app(scope, receive, send)
        finally:
            CURRENT.reset(token)
