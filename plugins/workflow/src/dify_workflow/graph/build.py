"""Building a graph: read, validate, compile; every problem in one error."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from dify_runtime_sdk.workflow import NodeKind

from ..errors import CycleError, GraphError, GraphProblem
from ..registry import NodeRegistry
from .cycles import find_cycle
from .definition import INNER_STARTS, Definition, read
from .model import Compiled, GraphNode, Plan
from .plans import compile_plan, skipped_nodes


@runtime_checkable
class Container(Protocol):
    """What a node of kind `container` has besides: the node that its inside starts from."""

    @property
    def start_node_id(self) -> str:
        """The id of the inner start node."""
        ...


class Graph:
    """A graph that runs can share: immutable, built and validated once."""

    def __init__(self, compiled: Compiled, nodes: Mapping[str, GraphNode], digest: str) -> None:
        self.compiled = compiled
        self.nodes = nodes
        self.digest = digest
        """Identifies the definition; a journal is continued only with the graph that it was begun with."""

    @property
    def root_id(self) -> str:
        """The id of the node that a run starts with."""
        return self.compiled.root.nodes[0].id

    @classmethod
    def build(cls, definition: Mapping[str, Any], registry: NodeRegistry, *, root: str | None = None) -> "Graph":
        """Build from the `graph` object of an app file; `root` is the node to start with, default: found.

        Raises `GraphError` with everything that is wrong, `CycleError` if that includes a circle.
        """
        read_in = read(definition, registry)
        root_id = _choose_root(read_in, root)
        _check(read_in, root_id)
        cycle = find_cycle(read_in.known, lambda node: [target for _, target in read_in.out.get(node, ())])
        if cycle:
            raise CycleError(cycle, read_in.problems)
        if read_in.problems or root_id is None:
            raise GraphError(read_in.problems)
        compiled = _compile(root_id, read_in)
        return cls(compiled, read_in.nodes, _digest(definition, root_id))


def _digest(definition: Mapping[str, Any], root: str) -> str:
    text = json.dumps([definition, root], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _choose_root(definition: Definition, wanted: str | None) -> str | None:
    if wanted is not None:
        if wanted not in definition.known:
            definition.problems.append(GraphProblem("MISSING_NODE", "the root is no node of the graph", wanted))
        return wanted if wanted in definition.nodes else None
    free = [node for node_id, node in definition.nodes.items() if node_id not in definition.targets]
    for node in free:
        if node.node.kind is NodeKind.ROOT:
            return node.id
    if free:
        return free[0].id
    if not definition.problems:
        definition.problems.append(GraphProblem("NO_ROOT", "there is no node to start with"))
    return None


def _check(definition: Definition, root: str | None) -> None:
    problems = definition.problems
    if root is not None:
        _check_root(definition, root)
    types = {node.type for node in definition.nodes.values()}
    if "start" in types and any(name.startswith("trigger-") for name in types):
        message = "a start node and a trigger exclude each other"
        problems.append(GraphProblem("TRIGGER_START_NODE_CONFLICT", message))
    for node in definition.nodes.values():
        if node.contains:
            _check_container(definition, node)


def _check_container(definition: Definition, node: GraphNode) -> None:
    """Check where the inside starts; in older files that is an ordinary node."""
    if not isinstance(node.node, Container):
        message = "this kind of container is not one that the engine runs"
        definition.problems.append(GraphProblem("INVALID_NODE", message, node.id, node.title))
    elif node.node.start_node_id not in definition.known:
        message = f"{node.node.start_node_id!r} is no node"
        definition.problems.append(GraphProblem("MISSING_NODE", message, node.id, node.title, "data.start_node_id"))


def _check_root(definition: Definition, root: str) -> None:
    node = definition.nodes.get(root)
    if node is not None and node.node.kind is not NodeKind.ROOT and node.type not in INNER_STARTS:
        message = f"the root is a node of type {node.type}, which nothing can start with"
        definition.problems.append(GraphProblem("INVALID_ROOT", message, node.id, node.title))


def _compile(root: str, definition: Definition) -> Compiled:
    skipped = skipped_nodes(root, definition)
    inner: dict[str, Plan] = {}
    for node in definition.nodes.values():
        if isinstance(node.node, Container):
            inner[node.id] = compile_plan(node.node.start_node_id, definition, skipped)
    holds = {name: [node.id for node in plan.nodes if node.contains] for name, plan in inner.items()}
    cycle = find_cycle(holds, lambda name: holds[name])
    if cycle:
        raise CycleError(cycle)
    plan = compile_plan(root, definition, skipped)
    return Compiled(plan, inner, {name: _inside(name, inner, holds) for name in inner})


def _inside(name: str, inner: Mapping[str, Plan], holds: Mapping[str, list[str]]) -> frozenset[str]:
    ids: set[str] = set()
    stack = [name]
    while stack:
        container = stack.pop()
        ids.update(node.id for node in inner[container].nodes)
        stack.extend(holds[container])
    return frozenset(ids)
