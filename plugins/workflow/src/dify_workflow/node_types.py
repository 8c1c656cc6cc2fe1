"""Node types: an offer and its class, which is imported at the first use and held against what the offer says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import PluginError
from dify_runtime_sdk.workflow import NodeOffer

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import Node


@dataclass(frozen=True, slots=True)
class NodeType:
    """A node type whose class is there; `make` builds a node from id and configuration."""

    node: "type[Node[Any]]"
    make: "Callable[[str, Any], Node[Any]]"
    aliases: Sequence[str] = ()


class Offered:
    """The offer of a plugin."""

    def __init__(self, offer: NodeOffer, owner: str) -> None:
        self.offer = offer
        self.owner = owner

    @cached_property
    def node_type(self) -> NodeType:
        """The node type, its class imported now.

        Raises `PluginError` when it cannot be imported, is no node class that can run, or is another than was offered.
        """
        offer = self.offer
        node = self._imported(offer.node) if isinstance(offer.node, str) else offer.node
        fault = _fault(node, offer)
        if fault is not None:
            raise self._error(fault)
        return NodeType(node, partial(node, **offer.arguments) if offer.arguments else node, offer.aliases)

    def _imported(self, target: str) -> Any:
        module, _, name = target.partition(":")
        try:
            return getattr(import_module(module), name)
        except Exception as error:  # a module of a third party can raise anything
            raise self._error(f"{target!r} cannot be imported: {type(error).__name__}: {error}") from error

    def _error(self, fault: str) -> PluginError:
        message = f"node type {self.offer.type!r} version {self.offer.version!r} of plugin {self.owner!r}: {fault}"
        return PluginError(message, hint=f"update or deny the plugin {self.owner!r}")


def _fault(node: Any, offer: NodeOffer) -> str | None:
    """What is wrong with a class that was offered."""
    from dify_runtime_sdk.workflow import Node, NodeKind  # with the first graph: they are not needed before

    if not (isinstance(node, type) and issubclass(node, Node)):
        return f"{offer.node!r} is no node class"
    if (node.type, node.version) != (offer.type, offer.version):
        return f"{node.__qualname__} is of type {node.type!r} version {node.version!r}"
    if node.run is Node.run and node.kind is not NodeKind.CONTAINER:
        return f"{node.__qualname__} has no method `run`"
    return None
