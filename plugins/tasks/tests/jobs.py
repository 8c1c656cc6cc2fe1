"""A plugin with tasks, and the set of plugins that tests boot with it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_cache.redis.plugin import CacheRedisPlugin
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_runtime_sdk import Plugin, Subscriber, hookimpl
from dify_runtime_sdk.tasks import Retry, Schedule, Task, TaskContext, TaskFinished
from dify_tasks.plugin import TasksPlugin
from dify_tasks.redis.plugin import TasksRedisPlugin
from dify_tasks.rows.plugin import TasksRowsPlugin
from dify_tasks.scheduler.plugin import TasksSchedulerPlugin
from dify_tasks.worker.plugin import TasksWorkerPlugin

WORKER = frozenset({"worker"})
QUICK = {"TASK_LEASE": 1.0, "TASK_POLL_INTERVAL": 0.05}
"""Settings for tests that wait for leases."""


@dataclass
class Journal:
    """What handlers did, and the events they wait for."""

    seen: list[Any] = field(default_factory=list)
    finished: dict[str, str] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    cancelled: int = 0

    async def note(self, value: Any) -> None:
        async with self.news:
            self.seen.append(value)
            self.news.notify_all()

    async def finish(self, event: TaskFinished) -> None:
        async with self.news:
            self.finished[event.id] = event.state
            self.news.notify_all()

    async def end(self, *ids: str) -> list[str]:
        """Wait until these tasks have ended; their states."""
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(lambda: all(one in self.finished for one in ids))
        return [self.finished[one] for one in ids]


class JobsPlugin(Plugin):
    """Tasks that do what tests need; each test gives a journal of its own by `plugin_with`."""

    requires = ("tasks",)
    before = ("tasks-worker",)
    journal: Journal
    schedule: tuple[Schedule, ...] = ()

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return [
            Task("note", self._note, keep=60),
            Task("urgent", self._note, queue="priority_dataset"),
            Task("mail", self._note, queue="mail"),
            Task("brief", self._note, keep=0.01),
            Task("wait", self._wait),
            Task("limited", self._wait, timeout=0.05),
            Task("fail", self._fail),
            Task("flaky", self._flaky, retry=Retry(attempts=3, delay=0.02, jitter=0)),
            Task("choosy", self._fail, retry=Retry(attempts=3, delay=0.02, on=(OSError,))),
            Task("report", self._report),
        ]

    @hookimpl
    def schedules(self) -> Iterable[Schedule]:
        return self.schedule

    @hookimpl
    def subscribers(self) -> Iterable[Subscriber[Any]]:
        return [Subscriber(TaskFinished, self.journal.finish)]

    async def _note(self, value: int) -> int:
        await self.journal.note(value)
        return value * 2

    async def _wait(self) -> str:
        self.journal.begun.set()
        try:
            await self.journal.go_on.wait()
        except asyncio.CancelledError:
            self.journal.cancelled += 1
            raise
        return "went on"

    async def _fail(self, secret: str = "") -> None:
        await self.journal.note("failing")
        raise ValueError("as always")

    async def _flaky(self, context: TaskContext) -> int:
        await self.journal.note(context.attempt)
        if context.attempt < 3:
            raise OSError("not yet")
        return context.attempt

    async def _report(self, context: TaskContext) -> None:
        await context.progress({"done": 1, "of": 2})
        self.journal.begun.set()
        await self.journal.go_on.wait()


async def until(check: Callable[[], Awaitable[Any]], limit: float = 30.0) -> None:
    """Ask until the answer is yes: for what other processes and the database tell nobody of."""
    async with asyncio.timeout(limit):
        while not await check():  # noqa: ASYNC110 - another process or the database knows
            await asyncio.sleep(0.02)


def plugin_with(journal: Journal, *schedules: Schedule) -> type[JobsPlugin]:
    """The plugin, noting in this journal."""
    return type("JobsPluginOfTest", (JobsPlugin,), {"journal": journal, "schedule": schedules})


PLUGINS: dict[str, type[Plugin]] = {
    "database": DatabasePlugin,
    "migrations": MigrationsPlugin,
    "cache": CachePlugin,
    "cache-local": CacheLocalPlugin,
    "cache-redis": CacheRedisPlugin,
    "tasks": TasksPlugin,
    "tasks-redis": TasksRedisPlugin,
    "tasks-rows": TasksRowsPlugin,
    "tasks-scheduler": TasksSchedulerPlugin,
    "tasks-worker": TasksWorkerPlugin,
}


def plugins(journal: Journal, *schedules: Schedule, **more: type[Plugin]) -> dict[str, type[Plugin]]:
    """What a test boots."""
    return {**PLUGINS, "jobs": plugin_with(journal, *schedules), **more}
