"""What a run has come to, for assertions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dify_runtime_sdk.workflow import (
    Event,
    NodeEvent,
    NodeRunFinished,
    NodeRunRetry,
    NodeRunStarted,
    NodeRunStreamChunk,
    to_json,
)

from ..run.limits import RunOutcome, RunStatus
from ..standalone import describe


@dataclass(slots=True)
class NodeRun:
    """One execution of a node. `status` is `running` where the run ended before it."""

    id: str
    type: str
    title: str
    status: str = "running"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    process_data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    handle: str = ""
    """The branch that it left by."""
    error: str = ""
    retries: int = 0
    round: int | None = None
    """The index of the item or round of the container that it is in."""


class Played:
    """A run that has ended: its outcome, its events, and what its nodes did."""

    def __init__(self, outcome: RunOutcome, events: Iterable[Event]) -> None:
        self.outcome = outcome
        self.events = list(events)

    @property
    def status(self) -> RunStatus:
        """How the run ended."""
        return self.outcome.status

    @property
    def outputs(self) -> dict[str, Any]:
        """What the run gave; files as JSON objects."""
        outputs: dict[str, Any] = to_json(dict(self.outcome.outputs))
        return outputs

    @property
    def error(self) -> str | None:
        """Why it failed or was stopped."""
        return self.outcome.error

    @property
    def total_tokens(self) -> int:
        """What models cost."""
        return self.outcome.total_tokens

    @property
    def conversation(self) -> Mapping[str, Any]:
        """The conversation variables that the run changed."""
        return self.outcome.conversation

    @property
    def text(self) -> str:
        """What was streamed, as a reader sees it."""
        return "".join(event.chunk for event in self.events if isinstance(event, NodeRunStreamChunk))

    @property
    def trace(self) -> list[dict[str, Any]]:
        """The events as plain JSON, without ids of executions and times; the form of traces and recordings."""
        return [describe(event) for event in self.events]

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [type(event).__name__ for event in self.events]

    @property
    def order(self) -> list[str]:
        """The ids of the nodes as they began."""
        return [event.node_id for event in self.events if isinstance(event, NodeRunStarted)]

    def node(self, node_id: str) -> NodeRun:
        """The last execution of a node; raises `AssertionError` when it did not run."""
        runs = self.runs(node_id)
        if not runs:
            message = f"node {node_id!r} did not run; these did: {', '.join(dict.fromkeys(self.order))}"
            raise AssertionError(message)
        return runs[-1]

    def runs(self, node_id: str) -> list[NodeRun]:
        """All executions of a node, as they began."""
        return [run for run in self._executions.values() if run.id == node_id]

    def ran(self, node_id: str) -> bool:
        """Whether a node ran at all."""
        return node_id in self.order

    @cached_property
    def _executions(self) -> dict[str, NodeRun]:
        runs: dict[str, NodeRun] = {}
        for event in self.events:
            if isinstance(event, NodeRunStarted):
                index = event.loop_index if event.iteration_index is None else event.iteration_index
                runs[event.id] = NodeRun(event.node_id, event.node_type, event.node_title, round=index)
            elif isinstance(event, NodeEvent) and event.id in runs:
                _note(runs[event.id], event)
        return runs


def _note(run: NodeRun, event: NodeEvent) -> None:
    if isinstance(event, NodeRunRetry):
        run.retries = event.retry_index
    elif isinstance(event, NodeRunFinished):
        result = event.result
        run.status = result.status.value
        run.inputs, run.outputs = to_json(dict(result.inputs)), to_json(dict(result.outputs))
        run.process_data, run.metadata = to_json(dict(result.process_data)), dict(result.metadata)
        run.handle, run.error = result.handle, getattr(event, "error", "") or result.error
