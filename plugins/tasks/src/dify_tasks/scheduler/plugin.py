"""The declaration of the plugin `tasks-scheduler`."""

from dify_database import Database
from dify_runtime_sdk import Plugin, Runtime
from dify_runtime_sdk.tasks import Tasks

from ..catalogue import Catalogue
from ..settings import TaskSettings


class TasksSchedulerPlugin(Plugin):
    """Queues scheduled tasks. Several may run, in as many processes: each due time counts once."""

    requires = ("tasks", "database")
    roles = frozenset(("scheduler",))

    async def start(self, runtime: Runtime) -> None:
        """Read the schedules and begin; raises `TaskError` for one that cannot be read."""
        from zoneinfo import ZoneInfo  # SQLAlchemy, and the files of time zones: only where there is a schedule

        schedules = (await runtime.services.get(Catalogue)).schedules
        if not schedules:
            return
        from .beat import Beat
        from .due import timing

        zone = ZoneInfo(runtime.settings(TaskSettings).LOG_TZ or "UTC")
        timings = [timing(one, zone) for one in schedules.values()]
        beat = Beat(await runtime.services.get(Database), await runtime.services.get(Tasks), timings)
        runtime.spawn(beat.run(), name="beat")
