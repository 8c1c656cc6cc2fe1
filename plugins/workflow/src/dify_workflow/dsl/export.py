"""What is left out of exports or made neutral in them: secrets, credentials, subscriptions, foreign ids."""

from collections.abc import Callable
from typing import Any, Final

from .dataset_ids import DatasetIds, map_dataset_ids
from .document import Document
from .graph import data_of, dig, mappings
from .models import ValueType
from .structure import PIPELINE

SCHEDULE: Final[dict[str, Any]] = {
    "mode": "visual",
    "frequency": "daily",
    "visual_config": {"time": "12:00 AM", "on_minute": 0, "weekdays": ["sun"], "monthly_days": [1]},
    "timezone": "UTC",
}
"""A schedule as a new node has it: an imported app must not start by itself at somebody else's hours."""

IMAGE_ICON: Final = ("🤖", "#FFEAD5")
"""Icon and background in place of an image, which only the server that wrote the file has."""


def exported(document: Document, *, include_secrets: bool, dataset_ids: DatasetIds | None) -> dict[str, Any]:
    """The values of an export; the document stays as it is."""
    raw: dict[str, Any] = _copy(document.raw)
    raw["kind"] = document.kind
    raw["version"] = document.version
    if document.kind != PIPELINE:
        _neutral_icon(raw["app"])
    for node in mappings(dig(raw, "workflow", "graph", "nodes")):
        _neutral_node(data_of(node))
        if dataset_ids is not None:
            map_dataset_ids(data_of(node), dataset_ids.encrypt)
    for tool in mappings(dig(raw, "model_config", "agent_mode", "tools")):
        tool.pop("credential_id", None)
    if not include_secrets:
        _blank_secrets(raw)
    return raw


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _neutral_icon(app: dict[str, Any]) -> None:
    if app.pop("icon_type", "emoji") in {"image", "link"}:
        app["icon"], app["icon_background"] = IMAGE_ICON


def _blank_secrets(raw: dict[str, Any]) -> None:
    for variable in mappings(dig(raw, "workflow", "environment_variables")):
        if variable.get("value_type") == ValueType.SECRET:
            variable["value"] = ""


def _neutral_node(data: dict[str, Any]) -> None:
    neutralise = _NEUTRAL.get(str(data.get("type")))
    if neutralise is not None:
        neutralise(data)


def _tool(data: dict[str, Any]) -> None:
    data.pop("credential_id", None)


def _agent(data: dict[str, Any]) -> None:
    parameters = data.get("agent_parameters")
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        value = dig(parameter, "value")
        for tool in mappings([value] if isinstance(value, dict) else value):
            tool.pop("credential_id", None)


def _schedule(data: dict[str, Any]) -> None:
    data.pop("cron_expression", None)
    data.update(_copy(SCHEDULE))


def _webhook(data: dict[str, Any]) -> None:
    data["webhook_url"] = data["webhook_debug_url"] = ""


def _subscription(data: dict[str, Any]) -> None:
    data["subscription_id"] = ""


_NEUTRAL: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "tool": _tool,
    "agent": _agent,
    "trigger-schedule": _schedule,
    "trigger-webhook": _webhook,
    "trigger-plugin": _subscription,
}
