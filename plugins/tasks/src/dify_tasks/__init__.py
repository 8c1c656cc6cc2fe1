"""Background tasks and schedules: what feature plugins contribute to is `dify_runtime_sdk.tasks`."""

from .hookspecs import TaskHooks
from .settings import TaskSettings

__all__ = ["TaskHooks", "TaskSettings"]
