"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import NodesSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import NodeOffer


class NodesPlugin(Plugin):
    """The built-in node types. Without the engine nobody asks for them, and nothing is loaded."""

    settings = NodesSettings

    @hookimpl(optionalhook=True)
    def workflow_nodes(self, runtime: Runtime) -> "list[NodeOffer]":
        """Offer every built-in node type."""
        from . import local, remote

        settings = runtime.settings(NodesSettings)
        return [*local.offers(settings), *remote.offers(settings)]
