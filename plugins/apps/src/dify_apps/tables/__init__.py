"""The tables of apps, one module per area; all share the metadata of `metadata`.

`METADATA` is complete: asking for it here imports every area.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from . import annotations, apps, extensions, messages, runs, workflows
    from .metadata import METADATA

__all__ = ["METADATA", "annotations", "apps", "extensions", "messages", "runs", "workflows"]

_AREAS: Final = ("annotations", "apps", "extensions", "messages", "runs", "workflows")


def __getattr__(name: str) -> Any:
    """Import an area, or all of them; a process that serves is up before it has read any table but a few."""
    if name == "METADATA":
        for area in _AREAS:
            import_module(f".{area}", __name__)
        return import_module(".metadata", __name__).METADATA
    if name in _AREAS:
        return import_module(f".{name}", __name__)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
