"""The declaration of the plugin that brings the routes of the Service API."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dify_runtime_sdk.http import Routes


class AppsServicePlugin(Plugin):
    """The operations of the Service API that an app's key opens."""

    requires = ("apps", "accounts-service", "files")
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})

    @hookimpl
    def routes(self, runtime: Runtime) -> "Sequence[Routes]":
        """Bring the routes."""
        from .routes.service import service_routes

        return service_routes()
