"""The node types that graphs are built from."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import DuplicateNameError, UnknownNameError
from dify_runtime_sdk.workflow import NodeOffer

from .node_types import NodeType, Offered

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import Node


class NodeRegistry:
    """Node types by name (or older name) and version; a class that is named by its import path is imported when needed.

    `offers` are from one owner; `add` takes one with its owner.
    """

    def __init__(self, offers: Iterable[NodeOffer] = (), *, owner: str = "caller") -> None:
        self._versions: dict[str, dict[str, Offered]] = {}
        for offer in offers:
            self.add(offer, owner=owner)

    def add(self, offer: NodeOffer, *, owner: str) -> None:
        """Take one node type of the plugin `owner`; raises `DuplicateNameError` if type and version are taken."""
        names = (offer.type, *offer.aliases)
        for name in names:
            taken = self._versions.get(name, {}).get(offer.version)
            if taken is not None:
                raise DuplicateNameError(
                    f"node type {name!r} version {offer.version!r} is offered by {taken.owner!r} and by {owner!r}",
                    hint="rename one, or deny one of the plugins",
                )
        offered = Offered(offer, owner)
        for name in names:
            self._versions.setdefault(name, {})[offer.version] = offered

    def find(self, type_name: str, version: str) -> NodeType:
        """The node type of that name; an unknown version gets the newest.

        Raises `UnknownNameError`, and `PluginError` when its class is not what the plugin offered.
        """
        versions = self._versions.get(type_name)
        if versions is None:
            known = ", ".join(sorted(self._versions)) or "none"
            raise UnknownNameError(f"unknown node type {type_name!r}", hint=f"known: {known}")
        return (versions.get(version) or versions[max(versions, key=_numeric)]).node_type

    def offers(self) -> Iterator[NodeOffer]:
        """All offers, by type and version; each once, whatever its aliases. Imports nothing."""
        return (offered.offer for offered in self._sorted())

    def __iter__(self) -> Iterator[NodeType]:
        """All node types, in the order of `offers`."""
        return (offered.node_type for offered in self._sorted())

    def schemas(self) -> dict[str, dict[str, Any]]:
        """The JSON Schema of every node type's `data`, by `type` or, past the first version, `type@version`."""
        return {_label(found.node): found.node.config_type.model_json_schema() for found in self}

    def _sorted(self) -> Iterator[Offered]:
        for name in sorted(self._versions):
            versions = self._versions[name]
            yield from (versions[v] for v in sorted(versions, key=_numeric) if versions[v].offer.type == name)


def _label(node: "type[Node[Any]]") -> str:
    return node.type if node.version == "1" else f"{node.type}@{node.version}"


def _numeric(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)) or (0,)
