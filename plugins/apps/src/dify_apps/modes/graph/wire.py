"""From the engine's events to those that clients of the Service API know."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dify_runtime_sdk.workflow import (
    Event,
    NodeEvent,
    NodeRunAgentLog,
    NodeRunException,
    NodeRunFailed,
    NodeRunFinished,
    NodeRunIterationFailed,
    NodeRunIterationNext,
    NodeRunIterationStarted,
    NodeRunIterationSucceeded,
    NodeRunLoopFailed,
    NodeRunLoopNext,
    NodeRunLoopStarted,
    NodeRunLoopSucceeded,
    NodeRunRetry,
    NodeRunStarted,
    NodeRunStreamChunk,
    NodeRunSucceeded,
    NodeStatus,
    to_json,
)

from ...api import WireEvent
from .shapes import Shape

_HIDDEN: Final = frozenset({"iteration-start", "loop-start"})
_CONTAINERS: Final = frozenset({"iteration", "loop"})
_PLAIN: Final = frozenset({"message", "text_chunk", "agent_log"})
"""Events without the fields of the graph."""
_UNKNOWN_ERROR: Final = "Unknown error"
"""What Dify says of a failure that the graph handled; the outputs hold the reason."""


class GraphWire:
    """Converts the events of one run. `chunk` makes the event of a piece of text: it differs between the modes.

    `shared` are the fields of the events about the graph, besides those that every event of the run has; `shape` is how
    much of them the caller is told.
    """

    def __init__(
        self,
        chunk: Callable[[NodeRunStreamChunk], WireEvent | None],
        shared: Mapping[str, Any] | None = None,
        shape: Shape | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._shared = shared or {}
        self._shape = shape
        self._titles: dict[str, str] = {}
        self._now = now
        self._convert: dict[type[Event], Callable[[Any], WireEvent | None]] = {
            NodeRunStreamChunk: chunk,
            NodeRunStarted: self._started,
            NodeRunSucceeded: self._finished,
            NodeRunFailed: self._finished,
            NodeRunException: self._finished,
            NodeRunRetry: self._retry,
            NodeRunIterationStarted: lambda event: _container_started("iteration_started", event),
            NodeRunIterationNext: lambda event: self._next("iteration_next", event),
            NodeRunIterationSucceeded: lambda event: self._completed("iteration_completed", event, "succeeded"),
            NodeRunIterationFailed: lambda event: self._completed("iteration_completed", event, "failed"),
            NodeRunLoopStarted: lambda event: _container_started("loop_started", event),
            NodeRunLoopNext: lambda event: self._next("loop_next", event, pre_loop_output={}),
            NodeRunLoopSucceeded: lambda event: self._completed("loop_completed", event, "succeeded"),
            NodeRunLoopFailed: lambda event: self._completed("loop_completed", event, "failed"),
            NodeRunAgentLog: _agent_log,
        }

    def convert(self, event: Event) -> WireEvent | None:
        """The event for clients; None when they are not told."""
        convert = self._convert.get(type(event))
        told = None if convert is None else convert(event)
        if told is None or told["event"] in _PLAIN:
            return told
        if self._shape is not None:
            told = self._shape(told)
        told.update(self._shared)
        return told

    def _started(self, event: NodeRunStarted) -> WireEvent | None:
        self._titles[event.id] = event.node_title
        if event.node_type in _HIDDEN or event.node_type in _CONTAINERS:
            return None
        extras = dict(event.extras)
        strategy = extras.pop("agent_strategy", None)
        icon = extras.get("icon")
        data = {
            **_node(event, event.node_title),
            "inputs": None,
            "inputs_truncated": False,
            "created_at": int(event.start_at),
            "extras": {} if icon is None else {"icon": icon},
            "iteration_id": event.in_iteration_id,
            "loop_id": event.in_loop_id,
            "agent_strategy": strategy,
        }
        return {"event": "node_started", "data": data}

    def _finished(self, event: NodeRunFinished) -> WireEvent | None:
        title = self._titles.pop(event.id, "")
        if event.node_type in _HIDDEN or event.node_type in _CONTAINERS:
            return None
        data = finished_data(event, title)
        return {"event": "node_finished", "data": data}

    def _retry(self, event: NodeRunRetry) -> WireEvent:
        data = {
            **_outcome(event, self._titles.get(event.id, "")),
            "status": "retry",
            "error": event.error,
            "elapsed_time": 0.0,
            "created_at": int(event.start_at),
            "finished_at": int(event.start_at),
            "retry_index": event.retry_index,
        }
        return {"event": "node_retry", "data": data}

    def _next(self, name: str, event: NodeRunIterationNext | NodeRunLoopNext, **more: Any) -> WireEvent:
        data = {**_container(event, event.node_title), "index": event.index, "created_at": int(self._now()), **more}
        return {"event": name, "data": data}

    def _completed(self, name: str, event: NodeRunIterationSucceeded | NodeRunLoopSucceeded, status: str) -> WireEvent:
        metadata, now = dict(event.metadata), self._now()
        data = {
            **_container(event, event.node_title),
            "outputs": to_json(event.outputs),
            "outputs_truncated": False,
            "created_at": int(event.start_at),
            "inputs": to_json(event.inputs),
            "inputs_truncated": False,
            "status": status,
            "error": None,
            "elapsed_time": round(now - event.start_at, 6),
            "total_tokens": metadata.get("total_tokens", 0),
            "execution_metadata": metadata,
            "finished_at": int(now),
            "steps": event.steps,
        }
        return {"event": name, "data": data}


def finished_data(event: NodeRunFinished, title: str) -> dict[str, Any]:
    """The data of `node_finished`."""
    failed = event.result.status
    error = _UNKNOWN_ERROR if failed is NodeStatus.EXCEPTION else event.result.error or None
    return {
        **_outcome(event, title),
        "status": failed.value,
        "error": error,
        "elapsed_time": round(event.finished_at - event.start_at, 6),
        "created_at": int(event.start_at),
        "finished_at": int(event.finished_at),
    }


def execution_metadata(event: NodeEvent, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a node's execution says of itself, with the container it ran in; None when there is nothing."""
    found = dict(metadata)
    if event.in_iteration_id is not None:
        found |= {"iteration_id": event.in_iteration_id, "iteration_index": event.iteration_index}
    if event.in_loop_id is not None:
        found |= {"loop_id": event.in_loop_id, "loop_index": event.loop_index}
    return found or None


def files_of(outputs: Mapping[str, Any]) -> list[Any]:
    """The files among outputs, as objects."""
    found: list[Any] = []
    for value in outputs.values():
        items: Sequence[Any] = value if isinstance(value, list) else [value]
        found.extend(item for item in items if isinstance(item, Mapping) and "dify_model_identity" in item)
    return found


def _node(event: NodeEvent, title: str) -> dict[str, Any]:
    return {
        "id": event.id,
        "node_id": event.node_id,
        "node_type": event.node_type,
        "title": title,
        "index": 1,
        "predecessor_node_id": None,
    }


def _outcome(event: NodeRunFinished | NodeRunRetry, title: str) -> dict[str, Any]:
    result = event.result
    outputs = to_json(result.outputs)
    return {
        **_node(event, title),
        "inputs": to_json(result.inputs),
        "inputs_truncated": False,
        "process_data": to_json(result.process_data),
        "process_data_truncated": False,
        "outputs": outputs,
        "outputs_truncated": False,
        "execution_metadata": execution_metadata(event, result.metadata),
        "files": files_of(outputs),
        "iteration_id": event.in_iteration_id,
        "loop_id": event.in_loop_id,
    }


def _container(event: NodeEvent, title: str) -> dict[str, Any]:
    return {"id": event.node_id, "node_id": event.node_id, "node_type": event.node_type, "title": title, "extras": {}}


def _container_started(name: str, event: NodeRunIterationStarted | NodeRunLoopStarted) -> WireEvent:
    data = {
        **_container(event, event.node_title),
        "created_at": int(event.start_at),
        "metadata": dict(event.metadata),
        "inputs": to_json(event.inputs),
        "inputs_truncated": False,
    }
    return {"event": name, "data": data}


def _agent_log(event: NodeRunAgentLog) -> WireEvent:
    data = {
        "node_execution_id": event.id,
        "id": event.message_id,
        "label": event.label,
        "parent_id": event.parent_id,
        "error": event.error,
        "status": event.status,
        "data": to_json(event.data),
        "metadata": to_json(event.metadata),
        "node_id": event.node_id,
    }
    return {"event": "agent_log", "data": data}
