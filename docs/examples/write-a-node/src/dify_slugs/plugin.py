"""The declaration of the plugin `slugs`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, hookimpl

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import NodeOffer


class SlugsPlugin(Plugin):
    """The node type `slug`."""

    requires = ("workflow",)

    @hookimpl
    def workflow_nodes(self) -> "list[NodeOffer]":
        """Offer the node type; its module is imported now, not before."""
        from dify_runtime_sdk.workflow import NodeOffer

        from .node import SlugNode

        return [NodeOffer(SlugNode)]
