"""Reading a graph's JSON: nodes made and validated, edges checked; problems are collected, not raised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.workflow import DEFAULT_HANDLE, Node, NodeConfig, NodeKind

from ..errors import GraphProblem
from ..registry import NodeRegistry
from .defaults import parse_defaults
from .model import GraphNode

INNER_STARTS: Final = frozenset(("iteration-start", "loop-start"))
"""The types of the nodes that a container starts from."""
_NOTE: Final = "custom-note"


@dataclass(slots=True)
class Definition:
    """The nodes and edges of a file, and what is wrong with them."""

    nodes: dict[str, GraphNode] = field(default_factory=dict)
    out: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Per source: (handle, target) of every edge, in the order of the file."""
    targets: set[str] = field(default_factory=set)
    problems: list[GraphProblem] = field(default_factory=list)
    known: dict[str, None] = field(default_factory=dict)
    """Ids of all nodes in the order of the file, also of those that could not be made."""


def read(graph: Mapping[str, Any], registry: NodeRegistry) -> Definition:
    """Make every node of the file and collect its edges."""
    definition = Definition()
    for raw in _items(graph, "nodes", definition):
        if raw.get("type") != _NOTE:
            _read_node(raw, registry, definition)
    for raw in _items(graph, "edges", definition):
        _read_edge(raw, definition)
    return definition


def _items(graph: Mapping[str, Any], name: str, definition: Definition) -> Iterable[Mapping[str, Any]]:
    items = graph.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        definition.problems.append(GraphProblem("MALFORMED", f"{name} is not a list of objects", field=name))
        return []
    return items


def _read_node(raw: Mapping[str, Any], registry: NodeRegistry, definition: Definition) -> None:
    node_id, data = raw.get("id"), raw.get("data")
    if not isinstance(node_id, str) or not node_id or not isinstance(data, Mapping):
        definition.problems.append(GraphProblem("MALFORMED", "a node needs an id and data", str(node_id or "")))
        return
    if node_id in definition.known:
        definition.problems.append(GraphProblem("DUPLICATE_NODE", "the id is used twice", node_id))
        return
    definition.known[node_id] = None
    title = str(data.get("title") or "")
    try:
        definition.nodes[node_id] = _make(node_id, data, registry)
    except UnknownNameError as error:
        definition.problems.append(GraphProblem("UNKNOWN_NODE_TYPE", str(error), node_id, title, "data.type"))
    except ValidationError as error:
        definition.problems.extend(_details(error, node_id, title))
    except ValueError as error:
        definition.problems.append(GraphProblem("INVALID_NODE", str(error), node_id, title))


def _details(error: ValidationError, node_id: str, title: str) -> Iterable[GraphProblem]:
    for detail in error.errors(include_url=False, include_input=False):
        path = ".".join(["data", *map(str, detail["loc"])])
        yield GraphProblem("INVALID_NODE", detail["msg"], node_id, title, path)


def _make(node_id: str, data: Mapping[str, Any], registry: NodeRegistry) -> GraphNode:
    found = registry.find(str(data.get("type", "")), str(data.get("version") or "1"))
    config: NodeConfig = found.node.config_type.model_validate(data)
    node = found.make(node_id, config)
    retry = config.retry_config
    retries = retry.max_retries if node.retryable and retry.retry_enabled else 0
    return GraphNode(
        id=node_id,
        type=node.type,
        version=node.version,
        title=config.title,
        node=node,
        branches=node.kind is NodeKind.BRANCH or config.error_strategy == "fail-branch",
        contains=node.kind is NodeKind.CONTAINER,
        responds=node.kind is NodeKind.RESPONSE,
        hidden=node.type in INNER_STARTS,
        keyed=type(node).idempotency_key is not Node.idempotency_key,
        max_retries=retries,
        retry_seconds=retry.retry_interval / 1000,
        strategy=config.error_strategy,
        defaults=parse_defaults(config.default_value) if config.error_strategy == "default-value" else {},
        extras=dict(node.started_extras()),
        writes=frozenset(tuple(selector) for selector in node.writes()),
    )


def _read_edge(raw: Mapping[str, Any], definition: Definition) -> None:
    source, target = raw.get("source"), raw.get("target")
    for end, node_id in (("source", source), ("target", target)):
        if node_id not in definition.known:
            message = f"edge {raw.get('id')!r} has the {end} {node_id!r}, which is no node"
            definition.problems.append(GraphProblem("MISSING_NODE", message, field=f"edges.{end}"))
            return
    handle = raw.get("sourceHandle") or DEFAULT_HANDLE
    definition.out.setdefault(str(source), []).append((str(handle), str(target)))
    definition.targets.add(str(target))
