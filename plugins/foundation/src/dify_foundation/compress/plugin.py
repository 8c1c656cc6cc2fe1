"""The plugin `compress`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, hookimpl

from .settings import CompressSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Middleware


class CompressPlugin(Plugin):
    """Gzip compression of responses, when `API_COMPRESSION_ENABLED` is on."""

    settings = CompressSettings
    before = ("request-logging",)  # which shows bodies as the application wrote them
    roles = frozenset(("api",))

    def enabled(self, settings: CompressSettings) -> bool:
        """Off unless asked for."""
        return settings.API_COMPRESSION_ENABLED

    @hookimpl
    def asgi_middleware(self) -> "list[Middleware]":
        """Compress responses."""
        from .middleware import CompressMiddleware

        return [CompressMiddleware]
