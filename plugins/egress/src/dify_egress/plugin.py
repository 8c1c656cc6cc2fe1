"""The plugin `egress`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, PluginError, Runtime, Service, hookimpl

from .settings import EgressSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.egress import Egress

    from .hooks import HeaderSource


class EgressPlugin(Plugin):
    """Outbound HTTP for all plugins: shared connections, one TLS context, and a guard against server-side forgery."""

    settings = EgressSettings

    def __init__(self) -> None:
        self._headers: list[HeaderSource] = []

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hook `egress_headers`."""
        from .hooks import EgressHooks

        return [EgressHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `Egress`; httpx is imported when it is first looked up."""
        from dify_runtime_sdk.egress import Egress

        return [Service(Egress, self._make)]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect who knows the current trace."""
        for plugin, source in runtime.contributions("egress_headers"):
            if not callable(source):
                raise PluginError(f"plugin {plugin!r} gave {source!r} to the hook 'egress_headers'; it takes functions")
            self._headers.append(source)

    async def _make(self, runtime: Runtime) -> AsyncIterator["Egress"]:
        from .service import EgressService

        async with EgressService(runtime.settings(EgressSettings), headers=self._headers) as service:
            yield service
