"""The graph of the plugins as text, Mermaid and DOT."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...records import PluginRecord, State
from ...resolve import Edge, Resolution

MISSING: Final = "missing"
"""The state of a node that stands for a capability which nobody provides."""

_OUT: Final = frozenset((*map(str, (State.DENIED, State.FAILED, State.UNMET)), MISSING))


@dataclass(frozen=True, slots=True)
class Vertex:
    """A plugin in the drawing, or a capability that nobody provides."""

    name: str
    state: str
    level: int | None
    reason: str | None

    @property
    def out(self) -> bool:
        """Whether it has no part in the runtime."""
        return self.state in _OUT


@dataclass(frozen=True, slots=True)
class Line:
    """An edge in the drawing."""

    first: str
    then: str
    kind: str
    capability: str
    hard: bool
    reason: str

    @classmethod
    def of(cls, edge: Edge) -> "Line":
        """The line of a resolved edge."""
        return cls(edge.first, edge.then, edge.kind, edge.capability, edge.hard, edge.reason)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: all plugins in the resolved order, and all edges, those that lead nowhere included."""

    vertices: tuple[Vertex, ...]
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, records: Mapping[str, PluginRecord], resolution: Resolution) -> "Drawing":
        """The drawing of what became of each plugin."""
        place = {name: index for index, name in enumerate(records)}
        edges = sorted(resolution.edges, key=lambda edge: (place[edge.then], place[edge.first], edge.kind))
        lines = [*map(Line.of, edges), *_unmet(records, resolution)]
        vertices = [Vertex(one.name, str(one.state), one.level, one.error) for one in records.values()]
        absent = dict.fromkeys(line.first for line in lines if line.first not in records)
        vertices.extend(Vertex(name, MISSING, None, "nothing provides it") for name in absent)
        return cls(tuple(vertices), tuple(lines))

    def to_json(self) -> dict[str, Any]:
        """The drawing as one JSON object."""
        return {
            "nodes": [
                {"name": one.name, "state": one.state, "level": one.level, "reason": one.reason}
                for one in self.vertices
            ],
            "edges": [
                {
                    "first": one.first,
                    "then": one.then,
                    "kind": one.kind,
                    "capability": one.capability,
                    "hard": one.hard,
                    "reason": one.reason,
                }
                for one in self.lines
            ],
        }


def _unmet(records: Mapping[str, PluginRecord], resolution: Resolution) -> Iterator[Line]:
    """The hard edges of plugins that are not in the order, to whoever would provide what they lack."""
    providers = {capability: one.name for one in records.values() for capability in one.provides}
    placed = set(resolution.order)
    for record in records.values():
        for capability in record.requires if record.name not in placed else ():
            first = capability if capability in records else providers.get(capability, capability)
            yield Line.of(Edge(first, record.name, "requires", capability))


def text_lines(drawing: Drawing) -> Iterable[str]:
    """The drawing for a terminal: each plugin, below it what comes before it and why."""
    for one in drawing.vertices:
        level = "-" if one.level is None else one.level
        note = f": {one.reason}" if one.reason else ""
        yield f"{level} {one.name} ({one.state}{note})"
        for line in drawing.lines:
            if line.then == one.name:
                arrow = "<==" if line.hard else "<--"
                yield f"    {arrow} {line.first}: {line.reason}"
    yield ""
    yield "<== hard: must have started    <-- soft: order only"


def mermaid_lines(drawing: Drawing) -> Iterable[str]:
    """The drawing as a Mermaid flow chart."""
    ids = {one.name: f"n{index}" for index, one in enumerate(drawing.vertices)}
    yield "flowchart TD"
    for one in drawing.vertices:
        label = one.name if not one.out else f"{one.name} ({one.state})"
        yield f'    {ids[one.name]}["{_entity(label)}"]{":::out" if one.out else ""}'
    for line in drawing.lines:
        arrow = "-->" if line.hard else "-.->"
        yield f'    {ids[line.first]} {arrow}|"{_entity(line.reason)}"| {ids[line.then]}'
    yield "    classDef out stroke:#c00,stroke-dasharray:4"


def dot_lines(drawing: Drawing) -> Iterable[str]:
    """The drawing as a Graphviz digraph."""
    yield "digraph plugins {"
    yield "    node [shape=box];"
    for one in drawing.vertices:
        options = f' [label={_quoted(f"{one.name} ({one.state})")}, color="red", style="dashed"]' if one.out else ""
        yield f"    {_quoted(one.name)}{options};"
    for line in drawing.lines:
        style = "solid" if line.hard else "dashed"
        yield (
            f"    {_quoted(line.first)} -> {_quoted(line.then)} [label={_quoted(line.reason)}, style={_quoted(style)}];"
        )
    yield "}"


def _entity(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


FORMATS: Final[Mapping[str, Callable[[Drawing], Iterable[str]]]] = {
    "text": text_lines,
    "mermaid": mermaid_lines,
    "dot": dot_lines,
}
"""What `plugins graph --format` can print."""
