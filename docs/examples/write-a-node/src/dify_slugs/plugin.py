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
        """Offer the node type; its class is imported when a graph needs it."""
        from dify_runtime_sdk.workflow import NodeOffer

        return [NodeOffer("slug", "dify_slugs.node:SlugNode")]
