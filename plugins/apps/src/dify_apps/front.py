"""What a front end needs of an app: what to show, what to ask for, and how its runs are told. Light."""

from collections.abc import Mapping, Sequence
from typing import Any

from .api import App
from .reading import AppReader
from .routes.streaming import event_stream

__all__ = ["App", "AppReader", "event_stream", "form_of", "opening_of"]


def form_of(app: App) -> Sequence[Mapping[str, Any]]:
    """The inputs that the app asks for, as its file declares them, each with its `type`; none before it is published.

    Runs read the same declarations as `FormVariable`s and check inputs by them.
    """
    if app.workflow is None:
        items = (app.config or {}).get("user_input_form") or ()
        return [{**field, "type": kind} for item in items for kind, field in item.items()]
    for node in app.workflow.graph.get("nodes", ()):
        if node.get("data", {}).get("type") == "start":
            return list(node["data"].get("variables") or ())
    return []


def opening_of(app: App) -> tuple[str, Sequence[str]]:
    """What the app says before anybody asks, and the questions that it suggests; both may be empty."""
    features: Any = (app.config or {}) if app.workflow is None else app.workflow.features
    return features.get("opening_statement") or "", [one for one in features.get("suggested_questions") or () if one]
