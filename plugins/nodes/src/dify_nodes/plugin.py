"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import NodesSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dify_runtime_sdk.workflow import NodeOffer


class NodesPlugin(Plugin):
    """The built-in node types. Without the engine nobody asks for them, and nothing is loaded."""

    settings = NodesSettings

    @hookimpl(optionalhook=True)
    def workflow_nodes(self, runtime: Runtime) -> "Sequence[NodeOffer]":
        """Offer every built-in node type."""
        from .offers import node_offers

        return node_offers(runtime.settings(NodesSettings))
