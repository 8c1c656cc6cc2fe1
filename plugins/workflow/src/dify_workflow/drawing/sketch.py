"""What is drawn: nodes inside each other, and edges with the branches they leave by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_PLAIN: Final = {"source", ""}


@dataclass(frozen=True, slots=True)
class Link:
    """An edge; `label` names the branch, empty for the only one."""

    source: str
    target: str
    label: str = ""


@dataclass(slots=True)
class Shape:
    """A node, and what is inside it."""

    id: str
    title: str
    type: str
    inside: "Sketch"


@dataclass(slots=True)
class Sketch:
    """The nodes of one level in the order in which they run, and the edges between them."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def layers(self) -> list[list[Shape]]:
        """The nodes by their longest way from a start; those of a circle come last, in one layer."""
        waiting = {name: sum(link.target == name for link in self.links) for name in self.shapes}
        out: dict[str, list[str]] = {name: [] for name in self.shapes}
        for link in self.links:
            out[link.source].append(link.target)
        layers, ready = [], [name for name, count in waiting.items() if count == 0]
        while ready:
            layers.append([self.shapes[name] for name in ready])
            following = []
            for name in ready:
                del waiting[name]
                for target in out[name]:
                    waiting[target] -= 1
                    if waiting[target] == 0:
                        following.append(target)
            ready = following
        return [*layers, [self.shapes[name] for name in waiting]] if waiting else layers

    def in_order(self) -> Iterator[Shape]:
        """The nodes of this level, layer by layer."""
        for layer in self.layers():
            yield from layer


def sketch(graph: Mapping[str, Any]) -> Sketch:
    """The sketch of the `graph` of an app file; notes and edges without both ends are left out."""
    nodes = {str(node["id"]): node for node in graph.get("nodes") or () if node.get("type") != "custom-note"}
    homes = {name: _home(node, nodes) for name, node in nodes.items()}
    shapes = {name: _shape(name, node) for name, node in nodes.items()}
    whole = Sketch()
    for name, shape in shapes.items():
        level = shapes[homes[name]].inside if homes[name] else whole
        level.shapes[name] = shape
    for edge in graph.get("edges") or ():
        source, target = str(edge.get("source")), str(edge.get("target"))
        if source in nodes and target in nodes and homes[source] == homes[target]:
            level = shapes[homes[source]].inside if homes[source] else whole
            level.links.append(Link(source, target, _label(nodes[source], str(edge.get("sourceHandle") or ""))))
    return whole


def _shape(name: str, node: Mapping[str, Any]) -> Shape:
    data = node.get("data") or {}
    return Shape(name, str(data.get("title") or name), str(data.get("type") or ""), Sketch())


def _home(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    """The container that a node is in; empty for none, and where containers are in each other."""
    data = node.get("data") or {}
    home = str(node.get("parentId") or data.get("iteration_id") or data.get("loop_id") or "")
    seen, above = {str(node["id"])}, home
    while above in nodes:
        if above in seen:
            return ""
        seen.add(above)
        above = str(nodes[above].get("parentId") or "")
    return home if home in nodes else ""


def _label(source: Mapping[str, Any], handle: str) -> str:
    """The name of a branch: of a class by its name, of the others by the handle."""
    if handle in _PLAIN:
        return ""
    classes: Sequence[Any] = (source.get("data") or {}).get("classes") or ()
    for one in classes:
        if isinstance(one, dict) and str(one.get("id")) == handle:
            return str(one.get("name") or handle)
    return handle
