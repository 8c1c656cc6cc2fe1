"""The processes that the benchmark `tasks` measures: whoever accepts tasks, and the worker."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dify_runtime.runtime import Runtime
from dify_runtime.server.loop import loop_factory
from dify_runtime_sdk import Plugin, Subscriber, hookimpl
from dify_runtime_sdk.tasks import Task, TaskFinished, Tasks
from tests.benchmarks.measure import RunFailed, Sample

AT_ONCE = 64
"""Tasks that are accepted at once, as by so many requests."""
_LIMIT = 120.0
"""Seconds after which a run has failed."""


class Count:
    """Counts what is done, and tells when it is all."""

    def __init__(self, amount: int) -> None:
        self._left = amount
        self.all = asyncio.Event()

    async def one(self, *_: object) -> None:
        """One more is done."""
        self._left -= 1
        if self._left == 0:
            self.all.set()


def nothing_plugin(count: Count) -> type[Plugin]:
    """A plugin with a task that does nothing; `count` counts those whose rows say that they have ended."""

    class NothingPlugin(Plugin):
        """The task `nothing`."""

        requires = ("tasks",)
        before = ("tasks-worker",)

        @hookimpl
        def tasks(self) -> list[Task]:
            """The task."""
            return [Task("nothing", _nothing)]

        @hookimpl
        def subscribers(self) -> list[Subscriber[Any]]:
            """The count."""
            return [Subscriber(TaskFinished, count.one)]

    return NothingPlugin


async def _nothing(number: int) -> int:
    return number


def _plugins(count: Count) -> dict[str, type[Plugin]]:
    from plugins.tasks.tests.jobs import PLUGINS  # at first use: the baseline has none of them

    return {**PLUGINS, "nothing": nothing_plugin(count)}


async def _accept(enqueue: Callable[[int], Awaitable[object]], amount: int) -> None:
    numbers = iter(range(amount))

    async def some() -> None:
        for number in numbers:
            await enqueue(number)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def _timed(enqueue: Callable[[int], Awaitable[object]], done: Awaitable[object], amount: int) -> Sample:
    """Tasks per second until all are accepted, and until all are complete."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await _accept(enqueue, amount)
    accepted = loop.time()
    await done
    return {"accept": amount / (accepted - begun), "complete": amount / (loop.time() - begun)}


async def embedded(amount: int, home: Path) -> Sample:
    """One process that accepts and works."""
    count = Count(amount)
    environ = {"DIFY_RUNTIME_HOME": str(home), "TASK_CONCURRENCY": str(AT_ONCE)}
    async with Runtime.boot(plugins=_plugins(count), environ=environ, roles={"worker"}) as runtime:
        tasks = await runtime.services.get(Tasks)
        return await _timed(lambda one: tasks.enqueue("nothing", {"number": one}), count.all.wait(), amount)


async def ours(amount: int, settings: dict[str, str]) -> Sample:
    """This process accepts, another one works."""
    async with Runtime.boot(plugins=_plugins(Count(0)), environ=settings, roles={"job"}) as runtime:
        tasks = await runtime.services.get(Tasks)
        async with _Worker("ours", amount, settings) as worker:
            return await _timed(lambda one: tasks.enqueue("nothing", {"number": one}), worker.done(), amount)


async def stock(amount: int, url: str) -> Sample:
    """The same with taskiq-redis as it comes: no rows."""
    broker, task = _stock_broker(url, Count(0))
    await broker.startup()
    async with _Worker("stock", amount, {"URL": url}) as worker:
        sample = await _timed(lambda one: task.kiq(one), worker.done(), amount)
    await broker.shutdown()
    return sample


class _Worker:
    """A worker in a process of its own."""

    def __init__(self, subject: str, amount: int, environ: dict[str, str]) -> None:
        self._command = (sys.executable, "-m", __spec__.name, subject, str(amount))
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "_Worker":
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=pipe, env=self._environ)
        await self._line()
        return self

    async def _line(self) -> None:
        if self._process is None or self._process.stdout is None:
            raise RunFailed("there is no worker")
        async with asyncio.timeout(_LIMIT):
            if not await self._process.stdout.readline():
                raise RunFailed("the worker ended too early")

    async def done(self) -> None:
        """Wait until it has done all."""
        await self._line()

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()


async def work_ours(amount: int, settings: dict[str, str]) -> None:
    """Work until all is done."""
    count = Count(amount)
    async with Runtime.boot(plugins=_plugins(count), environ=settings, roles={"worker"}):
        print("ready", flush=True)
        await count.all.wait()
        print("done", flush=True)


def _stock_broker(url: str, count: Count) -> Any:
    from taskiq import TaskiqMiddleware  # at first use, as above
    from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

    class Counting(TaskiqMiddleware):
        """Counts results that are saved."""

        async def post_save(self, message: object, result: object) -> None:
            """Count one."""
            await count.one()

    results: Any = RedisAsyncResultBackend(url, result_ex_time=3600)
    broker = RedisStreamBroker(url, consumer_id="0").with_result_backend(results).with_middlewares(Counting())
    return broker, broker.register_task(_nothing, task_name="nothing")


async def work_stock(amount: int, url: str) -> None:
    """Work until all is done."""
    from taskiq.receiver import Receiver

    count = Count(amount)
    broker, _ = _stock_broker(url, count)
    broker.is_worker_process = True
    finish = asyncio.Event()
    await broker.startup()
    receiving = asyncio.create_task(Receiver(broker, max_async_tasks=AT_ONCE, run_startup=False).listen(finish))
    print("ready", flush=True)
    await count.all.wait()
    print("done", flush=True)
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving


def main() -> None:
    """A worker, as the command line and the environment say."""
    import os

    subject, amount = sys.argv[1], int(sys.argv[2])
    work = work_ours(amount, dict(os.environ)) if subject == "ours" else work_stock(amount, os.environ["URL"])
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


if __name__ == "__main__":
    main()
