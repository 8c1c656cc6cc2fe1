"""Values and results as the JSON of a journal, and back."""

from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.workflow import File, NodeResult, NodeStatus, PauseReason

from ..state.summary import Summary
from ..state.usage import Usage

_FILE: Final = "$file"
_PLAIN: Final = "$plain"
_MARKERS: Final = frozenset((_FILE, _PLAIN))
"""Keys of objects that stand for something else; an object of a workflow that looks like one is wrapped."""
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_FIELDS: Final = ("outputs", "inputs", "process_data", "metadata")


def encode(value: Any) -> Any:
    """`value` as JSON; the value itself where it holds no file."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is File:
        return {_FILE: value.to_json()}
    if kind is list:
        for item in value:
            if type(item) not in _SCALARS and encode(item) is not item:
                return [encode(item) for item in value]
        return value
    if kind is dict:
        if len(value) == 1 and not _MARKERS.isdisjoint(value):
            return {_PLAIN: {key: encode(item) for key, item in value.items()}}
        for item in value.values():
            if type(item) not in _SCALARS and encode(item) is not item:
                return {key: encode(item) for key, item in value.items()}
        return value
    return {key: encode(item) for key, item in value.items()}


def decode(value: Any) -> Any:
    """The inverse of `encode`."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, Mapping):
        if len(value) == 1 and _FILE in value:
            return File.from_json(value[_FILE])
        if len(value) == 1 and _PLAIN in value:
            value = value[_PLAIN]
        return {key: decode(item) for key, item in value.items()}
    return value


def result_entry(kind: str, number: int, result: NodeResult, at: float) -> dict[str, Any]:
    """The entry of an attempt's end; what is empty is left out."""
    entry: dict[str, Any] = {"kind": kind, "n": number, "at": at}
    if result.outputs:
        entry["outputs"] = encode(result.outputs)
    if result.inputs:
        entry["inputs"] = encode(result.inputs)
    if result.process_data:
        entry["process_data"] = encode(result.process_data)
    if result.metadata:
        entry["metadata"] = encode(result.metadata)
    if result.handle != "source":
        entry["handle"] = result.handle
    if result.error or result.error_type:
        entry["error"], entry["error_type"] = result.error, result.error_type
    return entry


def result_of(entry: Mapping[str, Any], status: NodeStatus) -> NodeResult:
    """The result that an entry tells of."""
    given = {name: decode(entry[name]) for name in _FIELDS if name in entry}
    return NodeResult(
        **given,
        handle=entry.get("handle", "source"),
        status=status,
        error=entry.get("error", ""),
        error_type=entry.get("error_type", ""),
    )


def reason_entry(reason: PauseReason) -> dict[str, Any]:
    """A pause's reason as JSON."""
    entry = {"type": reason.type, "message": reason.message, "node_id": reason.node_id, "form_id": reason.form_id}
    return entry if reason.form is None else {**entry, "form": dict(reason.form)}


def summary_entry(summary: Summary) -> dict[str, Any]:
    """The entry of an ended item: short, as there may be very many; what is empty is left out."""
    counts = (summary.number, summary.index, summary.at, summary.seconds, summary.next, summary.events, summary.steps)
    entry: dict[str, Any] = {"kind": "item", "counts": counts}
    if summary.given:
        entry["value"] = encode(summary.value)
    if summary.conversation:
        entry["conversation"] = encode(dict(summary.conversation))
    if not summary.usage.is_empty:
        entry["usage"] = summary.usage.metadata()
    return entry


def summary_of(entry: Mapping[str, Any]) -> Summary:
    """The ended item that an entry tells of."""
    number, index, at, seconds, following, events, steps = entry["counts"]
    usage = Usage()
    usage.merge(entry.get("usage", {}))
    return Summary(
        number=number,
        index=index,
        given="value" in entry,
        value=decode(entry.get("value")),
        seconds=seconds,
        conversation=decode(entry.get("conversation", {})),
        usage=usage,
        at=at,
        next=following,
        events=events,
        steps=steps,
    )
