"""What plugins contributed: kinds of tasks, and schedules."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dify_runtime_sdk import PluginError, Registry, Runtime
from dify_runtime_sdk.tasks import Schedule, Task

if TYPE_CHECKING:
    from .arguments import Arguments


class Catalogue:
    """Tasks and schedules by name."""

    def __init__(self) -> None:
        self.tasks: Registry[Task] = Registry("task")
        self.schedules: Registry[Schedule] = Registry("schedule")
        self._arguments: dict[str, Arguments] = {}

    def collect(self, runtime: Runtime) -> None:
        """Ask the plugins; raises `DuplicateNameError`, and `PluginError` for what cannot be."""
        for plugin, task in runtime.contributions("tasks"):
            _check(plugin, task, Task)
            self.tasks.add(task.name, task, owner=plugin)
        for plugin, schedule in runtime.contributions("schedules"):
            _check(plugin, schedule, Schedule)
            if schedule.task not in self.tasks:
                raise PluginError(f"schedule {schedule.name!r} of plugin {plugin!r}: unknown task {schedule.task!r}")
            if (schedule.cron is None) == (schedule.every is None):
                raise PluginError(f"schedule {schedule.name!r} of plugin {plugin!r}: give either `cron` or `every`")
            self.schedules.add(schedule.name, schedule, owner=plugin)

    def arguments(self, name: str) -> "Arguments":
        """What a task takes; raises `UnknownNameError`."""
        found = self._arguments.get(name)
        if found is None:
            from .arguments import Arguments  # building models takes time: where a task is used first

            found = self._arguments[name] = Arguments(self.tasks[name])
        return found

    def queues(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """The queues that `patterns` mean, in their order; one without `*` need not be that of a known task."""
        known = sorted({task.queue for task in self.tasks.values()})
        found: dict[str, None] = {}
        for pattern in patterns:
            matching = [queue for queue in known if fnmatchcase(queue, pattern)] if "*" in pattern else [pattern]
            found.update(dict.fromkeys(matching))
        return tuple(found)


def _check(plugin: str, value: object, kind: type[object]) -> None:
    if not isinstance(value, kind):
        raise PluginError(f"plugin {plugin!r} contributed {type(value).__name__}, not a {kind.__name__}")
