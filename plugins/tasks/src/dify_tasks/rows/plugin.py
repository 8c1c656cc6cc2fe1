"""The declaration of the plugin `tasks-rows`."""

from typing import Any

from dify_database import Database
from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.tasks import TaskBroker


class TasksRowsPlugin(Plugin):
    """Has workers look for tasks in the database; nothing else is needed."""

    requires = ("database",)
    provides = (Provides("task-broker", key="rows"),)

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the broker."""
        return [Service(TaskBroker, _broker)]


async def _broker(runtime: Runtime) -> Any:
    from .broker import RowBroker  # brings SQLAlchemy

    return RowBroker(await runtime.services.get(Database))
