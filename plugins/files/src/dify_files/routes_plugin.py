"""The declaration of the plugin that serves the group `files`."""

from typing import TYPE_CHECKING, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, hookimpl

from .settings import FilesSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Routes


class FilesRoutesPlugin(Plugin):
    """What signed links open, the logos of workspaces, and uploads of plugins."""

    requires = ("files", "accounts", "group-files")
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})

    @hookimpl
    def routes(self, runtime: Runtime) -> "list[Routes]":
        """Add the routes."""
        from .routes.files import file_routes

        return [file_routes(runtime.settings(FilesSettings))]
