"""The declaration of the plugin `tasks`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dify_database import Database, Migrations
from dify_runtime_sdk import Command, Plugin, Runtime, Service, hookimpl
from dify_runtime_sdk.tasks import TaskBroker, Tasks

from .catalogue import Catalogue
from .hookspecs import TaskHooks
from .settings import TaskSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .service import TaskService


class TasksPlugin(Plugin):
    """The service `Tasks` and the extension points `tasks` and `schedules`; owns the choice of the broker."""

    requires = ("database", "migrations", "cache", "task-broker")
    selects: ClassVar[Mapping[str, str]] = {"task-broker": "TASK_BROKER"}
    settings = TaskSettings

    def __init__(self) -> None:
        self._catalogue = Catalogue()

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer `tasks` and `schedules`."""
        return [TaskHooks]

    @hookimpl
    def migrations(self) -> list[Migrations]:
        """Bring the tables."""
        return [Migrations(Path(__file__).parent / "migrations" / "versions", "dify_tasks.tables:METADATA")]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the commands."""
        return [
            Command("tasks", "dify_tasks.commands.tasks:tasks", "Background tasks: look, retry, purge."),
            Command("worker", "dify_tasks.commands.processes:worker", "Run background tasks until stopped."),
            Command("scheduler", "dify_tasks.commands.processes:scheduler", "Queue scheduled tasks until stopped."),
        ]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer `Tasks`, and to the worker and the scheduler what is in the catalogue."""
        return [
            Service(Tasks, self._tasks),
            Service(Catalogue, lambda _runtime: self._catalogue),
        ]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect tasks and schedules."""
        self._catalogue.collect(runtime)

    async def _tasks(self, runtime: Runtime) -> "AsyncIterator[TaskService]":
        from .announcing import Announcer  # SQLAlchemy and more: only where tasks are used
        from .service import TaskService

        announcer = Announcer(lambda: runtime.services.get(TaskBroker))
        database = await runtime.services.get(Database)
        service = TaskService(database, self._catalogue, announcer, runtime.settings(TaskSettings).TASK_KEEP_FAILED)
        yield service
        await service.close()
