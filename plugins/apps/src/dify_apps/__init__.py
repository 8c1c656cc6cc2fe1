"""Apps: what feature plugins import.

Light: SQLAlchemy and the engine come with the modules that need them. `dify_apps.errors` has the error answers,
`dify_apps.tables` the tables, `dify_apps.library` apps that are kept, `dify_apps.front` what a front end needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .api import (
    App,
    AppHooks,
    AppMode,
    AppModeOffer,
    BlockingAnswer,
    Caller,
    Generator,
    InvokeFrom,
    LoggedEvent,
    OrphanedRun,
    PreparedRun,
    RunOutput,
    RunReader,
    RunRequest,
    StartedRun,
    WireEvent,
    WorkflowVersion,
    Write,
)

if TYPE_CHECKING:
    from .embedded import Apps, Run
    from .embedded import open_apps as open  # noqa: A004 - read as `dify_apps.open`, like `tarfile.open`

__all__ = [
    "App",
    "AppHooks",
    "AppMode",
    "AppModeOffer",
    "Apps",
    "BlockingAnswer",
    "Caller",
    "Generator",
    "InvokeFrom",
    "LoggedEvent",
    "OrphanedRun",
    "PreparedRun",
    "Run",
    "RunOutput",
    "RunReader",
    "RunRequest",
    "StartedRun",
    "WireEvent",
    "WorkflowVersion",
    "Write",
    "front",
    "library",
    "open",
]

_EMBEDDED: Final = {"Apps": "Apps", "Run": "Run", "open": "open_apps"}


def __getattr__(name: str) -> Any:
    """Import what only programs that embed the apps use."""
    if name not in _EMBEDDED:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(".embedded", __name__), _EMBEDDED[name])
