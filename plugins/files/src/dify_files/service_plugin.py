"""The declaration of the plugin that serves uploads in the Service API."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, hookimpl

from .settings import FilesSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Routes


class FilesServicePlugin(Plugin):
    """The route `POST /v1/files/upload`."""

    requires = ("files", "accounts", "accounts-service", "group-service")
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})

    @hookimpl
    def routes(self, runtime: Runtime) -> "list[Routes]":
        """Add the route."""
        from .routes.service import service_routes

        return [service_routes(runtime.settings(FilesSettings))]
