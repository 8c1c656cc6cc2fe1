"""The node types that graphs are built from."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dify_runtime_sdk import DuplicateNameError, UnknownNameError
from dify_runtime_sdk.workflow import Node, NodeOffer


class NodeRegistry:
    """Node types by name (or older name) and version. `offers` are from one owner; `add` takes one with its owner."""

    def __init__(self, offers: Iterable[NodeOffer] = (), *, owner: str = "caller") -> None:
        self._versions: dict[str, dict[str, NodeOffer]] = {}
        self._owners: dict[tuple[str, str], str] = {}
        for offer in offers:
            self.add(offer, owner=owner)

    def add(self, offer: NodeOffer, *, owner: str) -> None:
        """Take one node type of the plugin `owner`; raises `DuplicateNameError` if type and version are taken."""
        node = offer.node
        names = (node.type, *node.aliases)
        for name in names:
            taken = self._owners.get((name, node.version))
            if taken is not None:
                raise DuplicateNameError(
                    f"node type {name!r} version {node.version!r} is offered by {taken!r} and by {owner!r}",
                    hint="rename one, or deny one of the plugins",
                )
        for name in names:
            self._owners[name, node.version] = owner
            self._versions.setdefault(name, {})[node.version] = offer

    def find(self, type_name: str, version: str) -> NodeOffer:
        """The node type of that name; an unknown version gets the newest. Raises `UnknownNameError`."""
        versions = self._versions.get(type_name)
        if versions is None:
            known = ", ".join(sorted(self._versions)) or "none"
            raise UnknownNameError(f"unknown node type {type_name!r}", hint=f"known: {known}")
        return versions.get(version) or versions[max(versions, key=_numeric)]

    def owner(self, node: type[Node[Any]]) -> str:
        """Who offered `node`."""
        return self._owners[node.type, node.version]

    def __iter__(self) -> Iterator[NodeOffer]:
        """All offers, by type and version; each once, whatever its aliases."""
        for name in sorted(self._versions):
            versions = self._versions[name]
            yield from (versions[v] for v in sorted(versions, key=_numeric) if versions[v].node.type == name)

    def schemas(self) -> dict[str, dict[str, Any]]:
        """The JSON Schema of every node type's `data`, by `type` or, past the first version, `type@version`."""
        return {_label(offer.node): offer.node.config_type.model_json_schema() for offer in self}


def _label(node: type[Node[Any]]) -> str:
    return node.type if node.version == "1" else f"{node.type}@{node.version}"


def _numeric(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)) or (0,)
