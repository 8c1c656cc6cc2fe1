"""Apps: what feature plugins import.

Light: SQLAlchemy and the engine come with the modules that need them. `dify_apps.errors` has the error answers,
`dify_apps.tables` the tables.
"""

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

__all__ = [
    "App",
    "AppHooks",
    "AppMode",
    "AppModeOffer",
    "BlockingAnswer",
    "Caller",
    "Generator",
    "InvokeFrom",
    "LoggedEvent",
    "OrphanedRun",
    "PreparedRun",
    "RunOutput",
    "RunReader",
    "RunRequest",
    "StartedRun",
    "WireEvent",
    "WorkflowVersion",
    "Write",
]
