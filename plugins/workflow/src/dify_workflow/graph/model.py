"""A graph as runs see it: immutable, precomputed, addressed by small integers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dify_runtime_sdk.workflow import Node, Selector


@dataclass(frozen=True, slots=True, eq=False)
class GraphNode:
    """One node of the file with everything that is known before a run."""

    id: str
    type: str
    version: str
    title: str
    node: Node[Any]
    branches: bool
    """Whether edges are chosen by handle when it has finished."""
    contains: bool
    responds: bool
    hidden: bool
    """The start of a container: it only opens its edges, without events or steps."""
    keyed: bool
    """Whether its type declares idempotency keys."""
    max_retries: int
    retry_seconds: float
    strategy: str | None
    defaults: Mapping[str, Any]
    extras: Mapping[str, Any]
    writes: frozenset[Selector]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A selector in a response: where its chunks are attributed, and which node of the same graph makes the value."""

    selector: Selector
    maker: int | None
    """Index in the same graph; None when the value comes from elsewhere."""
    node: GraphNode | None
    """The node of the file that the selector names; None for namespaces."""
    skipped: bool
    """Whether that node never runs, since the run starts elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class ResponsePlan:
    """What one response node streams."""

    index: int
    node: GraphNode
    segments: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What runs from one root: the whole graph, or the inside of a container. Nodes are known by their index."""

    nodes: tuple[GraphNode, ...]
    """The root is the first."""
    indegree: tuple[int, ...]
    targets: tuple[tuple[int, ...], ...]
    """The targets of all edges that leave a node, one per edge."""
    handles: tuple[Mapping[str, tuple[int, ...]], ...]
    """The same by handle."""
    responses: tuple[ResponsePlan, ...]
    at_start: tuple[int, ...]
    """Responses that nothing keeps from streaming at once; indexes into `responses`."""
    unlocks: tuple[Mapping[str, tuple[int, ...]], ...]
    """Per node and handle: the responses that may stream once those edges are taken; `""` stands for any handle."""
    streamed: frozenset[Selector]
    """What responses refer to; the chunks of others are never shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A built graph: the plan of the root, and one per container."""

    root: Plan
    inner: Mapping[str, Plan]
    inner_ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Per container: the ids of all nodes inside, at any depth."""
