"""The resolver: declared edges in, one deterministic order out. Pure; knows names and edges, no plugin object.

Order is topological, level by level, ties by name: a plugin's level is the length of the longest chain of edges below
it. Hard edges (`requires`) lead to the one selected provider of a capability, soft edges (`after`, `before`) to every
provider that is present and enabled, and to nothing when there is none. What cannot be resolved is a value in the
result, not an exception: one bad plugin must not hide the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Literal, NamedTuple

from .errors import ResolveError

type EdgeKind = Literal["requires", "after", "before"]


@dataclass(frozen=True, slots=True)
class Node:
    """What the resolver knows of a plugin. `provides` maps each further capability to the key that selects it.

    `enabled` False: it is there and contributes, and does not start.
    """

    name: str
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    provides: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True


class Edge(NamedTuple):
    """`first` comes before `then`, because `declared_by` says `kind` `capability`."""

    first: str
    then: str
    kind: EdgeKind
    capability: str

    @property
    def declared_by(self) -> str:
        """The plugin whose declaration this edge comes from."""
        return self.first if self.kind == "before" else self.then

    @property
    def hard(self) -> bool:
        """Whether the dependant cannot start without the other."""
        return self.kind == "requires"

    @property
    def reason(self) -> str:
        """The edge in words."""
        target = self.then if self.kind == "before" else self.first
        via = "" if self.capability == target else f" (provided by {target})"
        return f"{self.declared_by} {_VERBS[self.kind]} {self.capability}{via}"


_VERBS: Mapping[EdgeKind, str] = {"requires": "requires", "after": "starts after", "before": "starts before"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The setting of a capability's owner that selects among its providers; `origin` says which layer gave `value`."""

    owner: str
    setting: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The outcome. `order` holds every plugin that can contribute; `unmet` those that are out, each with its reason.

    `held` are in the order and contribute, but cannot start because something they require is not enabled.
    """

    order: tuple[str, ...]
    levels: Mapping[str, int]
    edges: tuple[Edge, ...]
    selected: Mapping[str, str]
    unmet: Mapping[str, ResolveError]
    held: Mapping[str, ResolveError]
    unselected: Mapping[str, str]

    def closure(self, names: Iterable[str]) -> set[str]:
        """These plugins and all that they require, directly or not."""
        needs: dict[str, list[str]] = {}
        for edge in self.edges:
            if edge.hard:
                needs.setdefault(edge.then, []).append(edge.first)
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(needs.get(name, ()))
        return found


def resolve(
    nodes: Iterable[Node], choices: Mapping[str, Choice] | None = None, absent: Mapping[str, str] | None = None
) -> Resolution:
    """Order `nodes`. `choices` select among providers by capability; `absent` says why a known name is not there.

    Nodes must have distinct names. Cost is near linear in nodes and edges.
    """
    graph = _Graph(nodes, choices or {}, absent or {})
    batches = graph.sort()
    levels = {name: level for level, batch in enumerate(batches) for name in batch}
    return Resolution(
        order=tuple(name for batch in batches for name in batch),
        levels=levels,
        edges=tuple(graph.edges),
        selected=graph.selected(),
        unmet=dict(sorted(graph.unmet.items())),
        held=graph.held(),
        unselected=graph.unselected(),
    )


class _Graph:
    """The working state of one resolution: nodes shrink until what is left has an order."""

    def __init__(self, nodes: Iterable[Node], choices: Mapping[str, Choice], absent: Mapping[str, str]) -> None:
        self.nodes = {node.name: node for node in sorted(nodes, key=lambda node: node.name)}
        self.choices = choices
        self.absent = dict(absent)
        self.unmet: dict[str, ResolveError] = {}
        self.providers: dict[str, list[str]] = {}
        self.requirers: dict[str, list[str]] = {}
        for name, node in self.nodes.items():
            for capability in (name, *node.provides):
                self.providers.setdefault(capability, []).append(name)
            for capability in node.requires:
                self.requirers.setdefault(capability, []).append(name)
        self.edges: list[Edge] = []
        self._targets: dict[str, str | ResolveError] = {}

    def sort(self) -> list[list[str]]:
        """The levels, after dropping what is unmet or in a cycle."""
        self._drop_unmet(self.nodes)
        while True:
            self.edges = list(self._edges())
            earlier: dict[str, list[str]] = {name: [] for name in self.nodes}
            for edge in self.edges:
                earlier[edge.then].append(edge.first)
            sorter = TopologicalSorter(earlier)
            try:
                sorter.prepare()
            except CycleError as error:
                self._drop_cycle(error.args[1])
            else:
                return _batches(sorter)

    def _edges(self) -> Iterable[Edge]:
        for name, node in self.nodes.items():
            for capability in node.requires:
                provider = self.target(capability)
                if isinstance(provider, str):
                    yield Edge(provider, name, "requires", capability)
            for capability in node.after:
                yield from (Edge(other, name, "after", capability) for other in self._soft(name, capability))
            for capability in node.before:
                yield from (Edge(name, other, "before", capability) for other in self._soft(name, capability))

    def _soft(self, name: str, capability: str) -> Iterable[str]:
        for other in self.providers.get(capability, ()):
            if other != name and other in self.nodes and self.nodes[other].enabled:
                yield other

    def target(self, capability: str) -> str | ResolveError:
        """The provider that `requires` means, or why there is none."""
        found = self._targets.get(capability)
        if found is None or (isinstance(found, str) and found not in self.nodes):
            found = self._targets[capability] = self._select(capability)
        return found

    def _select(self, capability: str) -> str | ResolveError:
        present = [name for name in self.providers.get(capability, ()) if name in self.nodes]
        choice = self.choices.get(capability)
        if choice is not None and choice.value:
            return self._chosen(capability, choice, present)
        if len(present) > 1:
            present = [name for name in present if self.nodes[name].enabled] or present
        if len(present) == 1:
            return present[0]
        if not present:
            return ResolveError(self._missing(capability), hint=f"install or allow a plugin that provides {capability}")
        names = ", ".join(present)
        remedy = f"set {choice.setting}" if choice else f"deny all but one: DIFY_PLUGINS_DENY={','.join(present[1:])}"
        return ResolveError(f"capability {capability!r} has several providers: {names}", hint=remedy)

    def _chosen(self, capability: str, choice: Choice, present: list[str]) -> str | ResolveError:
        keys = {self.nodes[name].provides.get(capability, name): name for name in present}
        if choice.value in keys:
            return keys[choice.value]
        known = ", ".join(sorted(keys)) or "none"
        return ResolveError(
            f"{choice.setting}={choice.value} (from {choice.origin}, owned by plugin {choice.owner!r}) selects no "
            f"provider of {capability!r}",
            hint=f"available: {known}",
        )

    def _missing(self, capability: str) -> str:
        reason = self.absent.get(capability)
        return f"{capability!r} is {reason}" if reason else f"nothing provides {capability!r}"

    def _drop_unmet(self, suspects: Iterable[str]) -> None:
        """Drop the suspects whose requirements are not there, then their dependants, until none is left."""
        pending = list(suspects)
        while pending:
            name = pending.pop()
            error = self._unmet_error(name) if name in self.nodes else None
            if error is not None:
                pending.extend(self._drop(name, error, "unmet"))

    def _unmet_error(self, name: str) -> ResolveError | None:
        for capability in self.nodes[name].requires:
            target = self.target(capability)
            if isinstance(target, ResolveError):
                return ResolveError(f"plugin {name!r} requires {capability!r}: {target.message}", hint=target.hint)
        return None

    def _drop(self, name: str, error: ResolveError, reason: str) -> list[str]:
        """Take a node out; returns those that require something it provided."""
        node = self.nodes.pop(name)
        self.unmet[name] = error
        offered = (name, *node.provides)
        for capability in offered:
            self.absent.setdefault(capability, reason)
        return [requirer for capability in offered for requirer in self.requirers.get(capability, ())]

    def _drop_cycle(self, cycle: list[str]) -> None:
        cycle = cycle[::-1]  # as declared: each one needs the next
        members = cycle[:-1]
        reasons = {(edge.then, edge.first): edge.reason for edge in self.edges}
        path = " -> ".join(cycle)
        steps = "; ".join(reasons[pair] for pair in pairwise(cycle))
        error = ResolveError(f"cycle: {path} ({steps})", hint="remove one of these edges")
        self._drop_unmet([requirer for name in members for requirer in self._drop(name, error, "in a cycle")])

    def selected(self) -> dict[str, str]:
        """The provider of every capability that has one."""
        targets = ((capability, self.target(capability)) for capability in sorted(self.providers))
        return {capability: target for capability, target in targets if isinstance(target, str)}

    def held(self) -> dict[str, ResolveError]:
        """Enabled plugins that require, directly or not, one that is not enabled."""
        held: dict[str, ResolveError] = {}
        pending = [name for name, node in self.nodes.items() if not node.enabled]
        requirers: dict[str, list[str]] = {}
        for edge in self.edges if pending else ():
            if edge.hard:
                requirers.setdefault(edge.first, []).append(edge.then)
        while pending:
            cause = pending.pop()
            for name in requirers.get(cause, ()):
                if name not in held and self.nodes[name].enabled:
                    state = "unmet" if cause in held else "disabled"
                    held[name] = ResolveError(f"plugin {name!r} requires {cause!r}, which is {state}")
                    pending.append(name)
        return dict(sorted(held.items()))

    def unselected(self) -> dict[str, str]:
        """Providers that a setting did not select and nobody requires, each with the setting that passed them over."""
        if not self.choices:
            return {}
        wanted = {self.target(capability) for node in self.nodes.values() for capability in node.requires}
        chosen = {self.target(capability) for capability in self.choices}
        passed: dict[str, str] = {}
        for capability, choice in sorted(self.choices.items()):
            if isinstance(self.target(capability), str):
                for name in self.providers.get(capability, ()):
                    if name in self.nodes and name not in wanted | chosen:
                        passed[name] = f"{choice.setting}={choice.value}"
        return passed


def _batches(sorter: TopologicalSorter[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        batches.append(ready)
        sorter.done(*ready)
    return batches
