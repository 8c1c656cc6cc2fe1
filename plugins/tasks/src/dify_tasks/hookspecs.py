"""The extension points `tasks` and `schedules`."""

from collections.abc import Iterable

from dify_runtime_sdk import Runtime, hookspec
from dify_runtime_sdk.tasks import Schedule, Task


class TaskHooks:
    """Offered by the plugin `tasks`."""

    @hookspec
    def tasks(self, runtime: Runtime) -> Iterable[Task] | None:
        """Bring kinds of tasks; see `Task`. A name that is taken is an error.

        When: once per boot, in every process. Import the modules of the handlers here or, better, inside the handlers;
        they look services up by `runtime.services` when they run.
        """

    @hookspec
    def schedules(self, runtime: Runtime) -> Iterable[Schedule] | None:
        """Have tasks run at set times; see `Schedule`. A name that is taken, or an unknown task, is an error.

        When: once per boot, in every process; `runtime.settings` says which schedules are switched on.
        """
