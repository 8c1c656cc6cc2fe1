"""The declaration of the plugin `tasks-worker`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dify_runtime_sdk import Introspection, Plugin, Runtime

_log = logging.getLogger("dify_tasks")


class TasksWorkerPlugin(Plugin):
    """Runs tasks.

    Plugins that bring tasks say `before = ("tasks-worker",)`: so they have started before it, and stop after it.
    """

    requires = ("tasks", "database", "task-broker")
    roles = frozenset(("worker",))

    @asynccontextmanager
    async def start(self, runtime: Runtime) -> AsyncIterator[None]:
        """Work until the stop; running tasks get `TASK_STOP_TIMEOUT` to end in."""
        from .worker import working  # SQLAlchemy and more: only where tasks run

        await _warn_of_order(runtime, self.name)
        async with working(runtime):
            yield


async def _warn_of_order(runtime: Runtime, worker: str) -> None:
    """Name the plugins whose tasks may run before they have started, or after they have stopped."""
    records: list[dict[str, Any]] = (await runtime.services.get(Introspection)).plugins()
    brings = {plugin for plugin, _ in runtime.contributions("tasks")}
    late = sorted(one["name"] for one in records if one["name"] in brings and worker not in one["before"])
    if late:
        _log.warning('plugins that bring tasks should declare `before = ("%s",)`: %s', worker, ", ".join(late))
