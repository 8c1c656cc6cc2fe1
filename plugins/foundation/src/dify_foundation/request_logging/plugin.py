"""The plugin `request-logging`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, hookimpl

from .settings import RequestLoggingSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Middleware


class RequestLoggingPlugin(Plugin):
    """A log line per request, when `ENABLE_REQUEST_LOGGING` is on."""

    settings = RequestLoggingSettings
    after = ("logging",)  # whose middleware opens the context with the trace id
    roles = frozenset(("api",))

    def enabled(self, settings: RequestLoggingSettings) -> bool:
        """Off unless asked for."""
        return settings.ENABLE_REQUEST_LOGGING

    @hookimpl
    def asgi_middleware(self) -> "list[Middleware]":
        """Log requests."""
        from .middleware import RequestLoggingMiddleware

        return [RequestLoggingMiddleware]
