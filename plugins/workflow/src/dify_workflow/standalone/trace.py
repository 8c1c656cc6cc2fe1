"""Events as plain JSON: without ids of executions and times, so that two runs compare."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from dify_runtime_sdk.workflow import (
    DEFAULT_HANDLE,
    Event,
    GraphRunFailed,
    NodeEvent,
    NodeRunFailed,
    NodeRunFinished,
    NodeRunLoopFailed,
    NodeRunLoopSucceeded,
    to_json,
)

_PLACE: Final = ("in_iteration_id", "in_loop_id", "iteration_index", "loop_index")
_OWN: Final = (
    "inputs",
    "outputs",
    "metadata",
    "selector",
    "chunk",
    "is_final",
    "error",
    "reason",
    "reasons",
    "retry_index",
    "index",
    "steps",
    "exceptions_count",
    "retriever_resources",
    "context",
    "message_id",
    "parent_id",
    "label",
    "status",
    "data",
)
"""What events are asked for, in this order; most have a few of them."""


def describe(event: Event) -> dict[str, Any]:
    """The event as one JSON object: `event` is its name, the rest what it tells.

    Nodes that have ended show `outputs` (unless they failed) and, past the default branch, `edge_source_handle`.
    """
    described: dict[str, Any] = {"event": type(event).__name__}
    if isinstance(event, NodeEvent):
        described |= {"node_id": event.node_id, "node_type": event.node_type}
        described |= {name: value for name in _PLACE if (value := getattr(event, name)) is not None}
    if isinstance(event, NodeRunFinished):
        return described | _ended(event)
    for name in _OWN:
        value = getattr(event, name, None)
        if value is not None and not _hidden(event, name):
            described[name] = _plain(name, value)
    if isinstance(event, NodeRunLoopSucceeded | NodeRunLoopFailed) and "completed_reason" in event.metadata:
        described["completed_reason"] = event.metadata["completed_reason"]
    return described


def _ended(event: NodeRunFinished) -> dict[str, Any]:
    result = event.result
    shown: dict[str, Any] = {}
    if not isinstance(event, NodeRunFailed):
        shown["outputs"] = to_json(dict(result.outputs))
        if result.handle != DEFAULT_HANDLE:
            shown["edge_source_handle"] = result.handle
    error = getattr(event, "error", None)
    return shown if error is None else shown | {"error": error}


def _hidden(event: Event, name: str) -> bool:
    """Whether the trace leaves that out: inputs and costs at the end of a container, outputs of a failed run."""
    if name in {"inputs", "metadata"} and hasattr(event, "steps"):
        return True
    return name == "outputs" and isinstance(event, GraphRunFailed)


def _plain(name: str, value: Any) -> Any:
    if name == "reasons":
        return [asdict(reason) for reason in value]
    if name == "reason" and not isinstance(value, str):
        return asdict(value)
    return to_json(dict(value) if isinstance(value, Mapping) else value)
