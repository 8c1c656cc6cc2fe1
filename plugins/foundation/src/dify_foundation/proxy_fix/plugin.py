"""The plugin `proxy-fix`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, hookimpl

from .settings import ProxyFixSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Middleware


class ProxyFixPlugin(Plugin):
    """The client's address and scheme behind a reverse proxy, when `RESPECT_XFORWARD_HEADERS_ENABLED` is on."""

    settings = ProxyFixSettings
    before = ("request-logging",)  # so that it wraps what shows the request
    roles = frozenset(("api",))

    def enabled(self, settings: ProxyFixSettings) -> bool:
        """Off unless asked for: without a proxy in front anybody could forge the headers."""
        return settings.RESPECT_XFORWARD_HEADERS_ENABLED

    @hookimpl
    def asgi_middleware(self) -> "list[Middleware]":
        """Rewrite the scope."""
        from .middleware import ProxyFixMiddleware

        return [ProxyFixMiddleware]
