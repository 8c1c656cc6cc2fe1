"""The workflow engine: graphs built from app files, runs of them as streams of events, and journals.

Everything here is imported at first use, so that the plugin's declaration stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .containers.iteration import IterationNode, IterationStartNode
    from .containers.loop import LoopEndNode, LoopNode, LoopStartNode
    from .engine import WorkflowEngine, container_offers
    from .errors import CallDepthError, CycleError, GraphError, GraphProblem, JournalError
    from .graph import Graph
    from .journal import FileJournal, MemoryJournal
    from .registry import NodeRegistry
    from .run.clock import Clock, SystemClock
    from .run.limits import RunLimits, RunOutcome, RunStatus
    from .run.run import Run
    from .settings import WorkflowSettings
    from .state.values import Variable

__all__ = [
    "CallDepthError",
    "Clock",
    "CycleError",
    "FileJournal",
    "Graph",
    "GraphError",
    "GraphProblem",
    "IterationNode",
    "IterationStartNode",
    "JournalError",
    "LoopEndNode",
    "LoopNode",
    "LoopStartNode",
    "MemoryJournal",
    "NodeRegistry",
    "Run",
    "RunLimits",
    "RunOutcome",
    "RunStatus",
    "SystemClock",
    "Variable",
    "WorkflowEngine",
    "WorkflowSettings",
    "container_offers",
    "dsl",
]

_HOMES: Final = {
    "CallDepthError": "errors",
    "Clock": "run.clock",
    "CycleError": "errors",
    "FileJournal": "journal.file",
    "Graph": "graph",
    "GraphError": "errors",
    "GraphProblem": "errors",
    "IterationNode": "containers.iteration",
    "IterationStartNode": "containers.iteration",
    "JournalError": "errors",
    "LoopEndNode": "containers.loop",
    "LoopNode": "containers.loop",
    "LoopStartNode": "containers.loop",
    "MemoryJournal": "journal.memory",
    "NodeRegistry": "registry",
    "Run": "run.run",
    "RunLimits": "run.limits",
    "RunOutcome": "run.limits",
    "RunStatus": "run.limits",
    "SystemClock": "run.clock",
    "Variable": "state.values",
    "WorkflowEngine": "engine",
    "WorkflowSettings": "settings",
    "container_offers": "engine",
}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name == "dsl":
        return import_module(".dsl", __name__)
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
