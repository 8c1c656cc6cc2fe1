"""Offers of node types, as plugins contribute them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .nodes import Node

type _NodeClass = type[Node[Any]]


@dataclass(frozen=True, slots=True)
class NodeOffer:
    """One node type, contributed by the hook `workflow_nodes`.

    `node` is `package.module:Class`, imported when a graph first has a node of this type, so that a process pays only
    for the types it runs; or the class itself, where it is there already. `type` and `version` repeat what the class
    says, `aliases` are older names of the type. The class is called with id and configuration, and with `arguments`:
    the plugin's settings, say.
    """

    type: str
    node: str | _NodeClass
    version: str = "1"
    aliases: Sequence[str] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
