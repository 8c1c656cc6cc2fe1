"""How much of a graph's events callers are told: programs all of it, others less, and never more than limits allow."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

from ...api import InvokeFrom, RunRequest, WireEvent
from ...settings import AppsSettings
from ..chat.answers import sees_all

_SIMPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "node_started": {"inputs": None, "extras": {}},
    "node_finished": dict.fromkeys(("inputs", "process_data", "outputs", "error", "execution_metadata"))
    | {"files": []},
}
"""What the simple shape of an event says in place of details."""
_NOT_SIMPLE: Final = frozenset({"inputs_truncated", "process_data_truncated", "outputs_truncated", "agent_strategy"})
_VARIABLES: Final = ("inputs", "process_data", "outputs")

type Shape = Callable[[WireEvent], WireEvent]
"""What an event is for one caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLimits:
    """How large the variables of an event may be: `size` in bytes of JSON, `text` in characters, `items` of a list."""

    size: int = 1_024_000
    text: int = 100_000
    items: int = 1000

    @classmethod
    def of(cls, settings: AppsSettings) -> Self:
        """The limits that the operator has set."""
        return cls(
            size=settings.WORKFLOW_VARIABLE_TRUNCATION_MAX_SIZE,
            text=settings.WORKFLOW_VARIABLE_TRUNCATION_STRING_LENGTH,
            items=settings.WORKFLOW_VARIABLE_TRUNCATION_ARRAY_LENGTH,
        )


def shape_for(request: RunRequest, limits: CutLimits) -> Shape | None:
    """What the caller is told; None for one who is told everything."""
    if request.caller.invoke_from is InvokeFrom.SERVICE_API:
        return None
    return partial(shaped, limits=limits, simple=not sees_all(request))


def shaped(event: WireEvent, *, limits: CutLimits, simple: bool) -> WireEvent:
    """The event without details, if it is to be `simple`, and with its variables cut where they are too large."""
    data: dict[str, Any] = event.get("data") or {}
    if simple and event["event"] in _SIMPLE:
        kept = {name: value for name, value in data.items() if name not in _NOT_SIMPLE}
        return {**event, "data": {**kept, **_SIMPLE[event["event"]]}}
    for name in _VARIABLES:
        flag = f"{name}_truncated"
        if data.get(name) and flag in data:
            data[name], data[flag] = cut(data[name], limits)
    return event


def cut(variables: Mapping[str, Any], limits: CutLimits) -> tuple[dict[str, Any], bool]:
    """The variables within the limits, and whether anything was cut: texts and lists first, then what is too much."""
    shown: dict[str, Any] = {}
    left, was_cut = limits.size, False
    for name, value in variables.items():
        shorter = _shorter(value, limits)
        text = json.dumps(shorter, ensure_ascii=False)
        size = len(text.encode())
        if size > left:
            shorter = f"{text.encode()[:left].decode(errors='ignore')}..."
        was_cut = was_cut or shorter != value
        shown[name], left = shorter, max(left - size, 0)
    return shown, was_cut


def _shorter(value: Any, limits: CutLimits) -> Any:
    if isinstance(value, str):
        return value if len(value) <= limits.text else f"{value[: limits.text]}..."
    if isinstance(value, list):
        return [_shorter(item, limits) for item in value[: limits.items]]
    if isinstance(value, Mapping):
        return {name: _shorter(item, limits) for name, item in value.items()}
    return value
