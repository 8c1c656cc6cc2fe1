"""The plugin `app-metrics`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import AppMetricsSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Middleware, Routes


class AppMetricsPlugin(Plugin):
    """Version headers on every response; `/health`, `/health/ready`, `/threads` and `/plugins`."""

    settings = AppMetricsSettings
    roles = frozenset(("api",))

    @hookimpl
    def asgi_middleware(self, runtime: Runtime) -> "list[Middleware]":
        """Add the headers."""
        from .middleware import version_headers

        return [version_headers(runtime, runtime.settings(AppMetricsSettings).DEPLOY_ENV)]

    @hookimpl
    def routes(self) -> "list[Routes]":
        """Serve the routes without a prefix."""
        from .routes.root import root_routes

        return [root_routes()]
