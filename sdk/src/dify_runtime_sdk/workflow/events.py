"""What a run tells: typed events, in the order that Dify's clients know.

`node_id` names a node of the graph, `id` one execution of it, which is kept over retries. Inside an iteration or a
loop the events carry the container's node id and the round. Times are wall-clock seconds since the epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .results import NodeResult, PauseReason
from .values import Selector


@dataclass(slots=True, kw_only=True)
class Event:
    """The root of all events."""


@dataclass(slots=True, kw_only=True)
class GraphRunStarted(Event):
    """The run begins, or goes on after a pause."""


@dataclass(slots=True, kw_only=True)
class GraphRunSucceeded(Event):
    """The end: nothing failed."""

    outputs: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class GraphRunPartialSucceeded(Event):
    """The end: failures were handled by the graph."""

    outputs: Mapping[str, Any]
    exceptions_count: int


@dataclass(slots=True, kw_only=True)
class GraphRunFailed(Event):
    """The end: a failure that nothing handled."""

    error: str
    exceptions_count: int = 0
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class GraphRunAborted(Event):
    """The end: stopped by a command or by a limit; `reason` says which."""

    reason: str
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class GraphRunPaused(Event):
    """The end for now: the run can be resumed."""

    reasons: Sequence[PauseReason]
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class NodeEvent(Event):
    """Something about one execution of one node."""

    id: str
    node_id: str
    node_type: str
    node_version: str = "1"
    in_iteration_id: str | None = None
    in_loop_id: str | None = None
    iteration_index: int | None = None
    loop_index: int | None = None


@dataclass(slots=True, kw_only=True)
class NodeRunStarted(NodeEvent):
    """A node begins; once per execution, whatever the retries."""

    node_title: str
    start_at: float
    predecessor_node_id: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    """What `Node.started_extras` gives: provider_type, provider_id, agent_strategy."""


@dataclass(slots=True, kw_only=True)
class NodeRunStreamChunk(NodeEvent):
    """A piece of an answer, released in the order of the answer; `is_final` on the last one of a stream."""

    selector: Selector
    chunk: str
    is_final: bool = False


@dataclass(slots=True, kw_only=True)
class NodeRunRetrieverResource(NodeEvent):
    """What knowledge a model node was given."""

    retriever_resources: Sequence[Mapping[str, Any]]
    context: str


@dataclass(slots=True, kw_only=True)
class NodeRunAgentLog(NodeEvent):
    """A step of an agent; a later one with the same `message_id` replaces it."""

    message_id: str
    label: str
    status: str
    parent_id: str | None = None
    error: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class NodeRunFinished(NodeEvent):
    """A node has ended, one way or another."""

    result: NodeResult
    start_at: float
    finished_at: float


@dataclass(slots=True, kw_only=True)
class NodeRunSucceeded(NodeRunFinished):
    """A node has its outputs."""


@dataclass(slots=True, kw_only=True)
class NodeRunFailed(NodeRunFinished):
    """A node failed, and the run with it."""

    error: str


@dataclass(slots=True, kw_only=True)
class NodeRunException(NodeRunFinished):
    """A node failed, and the run goes on by the node's error strategy; `result.outputs` are what stands in."""

    error: str


@dataclass(slots=True, kw_only=True)
class NodeRunRetry(NodeEvent):
    """A node failed and runs again; `retry_index` counts from 1. `result` is the failed attempt's."""

    error: str
    retry_index: int
    start_at: float
    result: NodeResult


@dataclass(slots=True, kw_only=True)
class NodeRunPauseRequested(NodeEvent):
    """A node waits for something outside the run."""

    reason: PauseReason


@dataclass(slots=True, kw_only=True)
class ContainerStarted(NodeEvent):
    """A container begins with what is inside it."""

    node_title: str
    start_at: float
    inputs: Mapping[str, Any]
    metadata: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class ContainerEnded(NodeEvent):
    """A container has ended. `steps` are its items, or the rounds that it was to have."""

    node_title: str
    start_at: float
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    metadata: Mapping[str, Any]
    steps: int


@dataclass(slots=True, kw_only=True)
class NodeRunIterationStarted(ContainerStarted):
    """An iteration over at least one item begins."""


@dataclass(slots=True, kw_only=True)
class NodeRunIterationNext(NodeEvent):
    """The item `index` (from 0) is taken up."""

    node_title: str
    index: int
    pre_iteration_output: Any = None


@dataclass(slots=True, kw_only=True)
class NodeRunIterationSucceeded(ContainerEnded):
    """All items are done."""


@dataclass(slots=True, kw_only=True)
class NodeRunIterationFailed(NodeRunIterationSucceeded):
    """An item failed, and the iteration with it."""

    error: str


@dataclass(slots=True, kw_only=True)
class NodeRunLoopStarted(ContainerStarted):
    """A loop begins."""


@dataclass(slots=True, kw_only=True)
class NodeRunLoopNext(NodeEvent):
    """The round before `index` (from 1) has ended without a break."""

    node_title: str
    index: int
    pre_loop_output: Any = None


@dataclass(slots=True, kw_only=True)
class NodeRunLoopSucceeded(ContainerEnded):
    """The loop has ended, by its count or by a break."""


@dataclass(slots=True, kw_only=True)
class NodeRunLoopFailed(NodeRunLoopSucceeded):
    """A node inside failed, or a break condition did."""

    error: str


type TerminalEvent = GraphRunSucceeded | GraphRunPartialSucceeded | GraphRunFailed | GraphRunAborted | GraphRunPaused
