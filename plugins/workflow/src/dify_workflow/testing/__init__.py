"""The test kit of people who write workflows: runs of app files in which models, tools and HTTP follow a script.

The fixture `workflow` (a `WorkflowKit` with the installed node types) is found by pytest when this package is installed
with the extra `testing`. Without pytest, make a `WorkflowKit` from an engine. Everything is imported at first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .agents import ScriptedAgents
    from .clock import ScriptedClock
    from .http import HttpAnswer, ScriptedHttp
    from .kit import WorkflowKit
    from .knowledge import ScriptedRetriever
    from .memory import ScriptedMemory
    from .models import ScriptedModels
    from .played import NodeRun, Played
    from .tools import ScriptedTools

__all__ = [
    "HttpAnswer",
    "NodeRun",
    "Played",
    "ScriptedAgents",
    "ScriptedClock",
    "ScriptedHttp",
    "ScriptedMemory",
    "ScriptedModels",
    "ScriptedRetriever",
    "ScriptedTools",
    "WorkflowKit",
]

_HOMES: Final = {
    "HttpAnswer": "http",
    "NodeRun": "played",
    "Played": "played",
    "ScriptedAgents": "agents",
    "ScriptedClock": "clock",
    "ScriptedHttp": "http",
    "ScriptedMemory": "memory",
    "ScriptedModels": "models",
    "ScriptedRetriever": "knowledge",
    "ScriptedTools": "tools",
    "WorkflowKit": "kit",
}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
