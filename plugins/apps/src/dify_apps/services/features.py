"""The features of an app: of its published graph, or of its model configuration."""

from collections.abc import Mapping
from typing import Any, Final

from ..api import App
from ..errors import AppUnavailable

_GRAPHS: Final = frozenset({"workflow", "advanced-chat"})


def features_of(app: App) -> Mapping[str, Any]:
    """What is set of the app; raises `AppUnavailable` when nothing is published."""
    if app.mode in _GRAPHS:
        if app.workflow is None:
            raise AppUnavailable
        return app.workflow.features
    if app.config is None:
        raise AppUnavailable
    return app.config


def feature(app: App, name: str) -> Mapping[str, Any]:
    """One feature, empty when it is not set; raises `AppUnavailable`."""
    value = features_of(app).get(name)
    return value if isinstance(value, Mapping) else {}


def enabled(app: App, name: str) -> bool:
    """Whether a feature is on; raises `AppUnavailable`."""
    return bool(feature(app, name).get("enabled"))
