"""The declaration of the plugin that brings the routes of the Service API."""

from typing import TYPE_CHECKING, Any, ClassVar

from dify_runtime_sdk import Plugin, Role, Runtime, Service, hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dify_runtime_sdk.http import LazyRoutes

    from .routes.service.calling import AppGate


class AppsServicePlugin(Plugin):
    """The operations of the Service API that an app's key opens."""

    requires = ("apps", "accounts-service", "files")
    roles: ClassVar[frozenset[Role]] = frozenset({"api"})

    @hookimpl
    def routes(self, runtime: Runtime) -> "Sequence[LazyRoutes]":
        """Bring the routes."""
        from .routes.service import service_routes

        return service_routes()

    @hookimpl
    def services(self) -> "list[Service[Any]]":
        """Offer what keeps uploads from apps that are switched off."""
        from dify_files import UploadGate

        return [Service(UploadGate, _gate)]


def _gate(_runtime: Runtime) -> "AppGate":
    from .routes.service.calling import AppGate

    return AppGate()
