"""How a worker behaves: order, leases, stops, what it shows of tasks."""

import asyncio
import logging
from contextvars import ContextVar
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from dify_database import Database
from dify_runtime_sdk import Interceptor, Plugin, hookimpl
from dify_runtime_sdk.tasks import TaskCall, Tasks
from dify_tasks.tables import TASKS
from plugins.tasks.tests.jobs import QUICK, WORKER, plugins, until

REQUEST: ContextVar[str] = ContextVar("request", default="none")


async def change(booted, task_id, **values):
    async def unit(session):
        await session.execute(update(TASKS).where(TASKS.c.id == task_id).values(**values))

    await (await booted.services.get(Database)).write(unit)


async def test_urgent_queues_are_served_first(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**deployment, "TASK_CONCURRENCY": 1})
    tasks = await booted.services.get(Tasks)
    await tasks.enqueue("wait")
    await journal.begun.wait()
    ids = [await tasks.enqueue(name, {"value": one}) for one, name in enumerate(("note", "mail", "urgent"))]

    journal.go_on.set()
    await journal.end(*ids)
    assert journal.seen[0] == 2


async def test_a_worker_serves_only_its_queues(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**deployment, "TASK_QUEUES": "mail"})
    tasks = await booted.services.get(Tasks)
    other = await tasks.enqueue("note", {"value": 1})
    mine = await tasks.enqueue("mail", {"value": 2})

    await journal.end(mine)
    assert (await tasks.status(other)).state == "queued"


async def test_a_task_outlasts_its_lease_and_is_not_begun_twice(deployment, runtime, journal):
    one = await runtime(plugins(journal), roles=WORKER, settings=deployment)
    await runtime(plugins(journal), roles=WORKER, settings=deployment)
    tasks = await one.services.get(Tasks)
    task_id = await tasks.enqueue("wait")
    await journal.begun.wait()
    first = await tasks.status(task_id)

    async def kept_for_long():
        return (await tasks.status(task_id)).due_at > first.due_at + timedelta(seconds=3)

    await until(kept_for_long)
    journal.go_on.set()
    await journal.end(task_id)
    assert (await tasks.status(task_id)).attempt == 1


async def test_a_run_whose_lease_is_somebody_elses_is_cut_off(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings=deployment)
    tasks = await booted.services.get(Tasks)
    task_id = await tasks.enqueue("wait")
    await journal.begun.wait()

    await change(booted, task_id, holder="somebody")

    async def cut_off():
        return journal.cancelled

    await until(cut_off)
    assert task_id not in journal.finished


async def test_a_task_that_brings_workers_down_fails(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**deployment, "TASK_DELIVERY_LIMIT": 3})
    tasks = await booted.services.get(Tasks)
    task_id = await tasks.enqueue("note", {"value": 1}, delay=0.2)
    await change(booted, task_id, deliveries=3)

    assert await journal.end(task_id) == ["failed"]
    assert journal.seen == []
    assert "3 runs in a row" in (await tasks.status(task_id)).error


async def test_a_stop_lets_running_tasks_finish(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings=deployment)
    task_id = await (await booted.services.get(Tasks)).enqueue("wait")
    await journal.begun.wait()

    stopping = asyncio.create_task(runtime.stop())
    await asyncio.sleep(0.05)
    journal.go_on.set()
    await stopping
    assert journal.finished == {task_id: "succeeded"}


async def test_a_stop_gives_back_what_does_not_finish(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**deployment, "TASK_STOP_TIMEOUT": 0.05})
    task_id = await (await booted.services.get(Tasks)).enqueue("wait")
    await journal.begun.wait()
    await runtime.stop()
    assert journal.cancelled == 1

    journal.go_on.set()
    again = await runtime(plugins(journal), roles=WORKER, settings=deployment)
    assert await journal.end(task_id) == ["succeeded"]
    assert (await (await again.services.get(Tasks)).status(task_id)).attempt == 1


async def test_a_task_that_no_plugin_knows_waits_for_a_worker_that_does(runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings=QUICK)
    tasks = await booted.services.get(Tasks)
    task_id = await tasks.enqueue("note", {"value": 1}, delay=0.2)
    await change(booted, task_id, name="from the next release")

    async def refused():
        return (await tasks.status(task_id)).error

    await until(refused)
    status = await tasks.status(task_id)
    assert (status.state, status.attempt) == ("queued", 1)
    assert "from the next release" in status.error


async def test_interceptors_see_the_call_and_the_context_is_fresh(runtime, journal):
    seen = []

    class Watch(Interceptor[TaskCall, object]):
        call_type = TaskCall

        async def around(self, call, proceed):
            seen.append((call.name, dict(call.arguments), REQUEST.get()))
            return await proceed(call)

    class WatchPlugin(Plugin):
        @hookimpl
        def interceptors(self):
            return [Watch()]

    booted = await runtime(plugins(journal, watch=WatchPlugin), roles=WORKER, settings=QUICK)
    REQUEST.set("of a client")
    await journal.end(await (await booted.services.get(Tasks)).enqueue("note", {"value": 5}))
    assert seen == [("note", {"value": 5}, "none")]


async def test_arguments_are_not_logged(runtime, journal, caplog):
    caplog.set_level(logging.DEBUG)
    booted = await runtime(plugins(journal), roles=WORKER, settings=QUICK)
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # the driver's own trace shows all SQL
    task_id = await (await booted.services.get(Tasks)).enqueue("fail", {"secret": "hunter2"})
    await journal.end(task_id)
    assert task_id in caplog.text
    assert "hunter2" not in caplog.text


async def test_rows_of_ended_tasks_hold_no_lease(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings=deployment)
    task_id = await (await booted.services.get(Tasks)).enqueue("note", {"value": 1})
    await journal.end(task_id)

    async def unit(wanted, session):
        return (await session.execute(select(TASKS).where(TASKS.c.id == wanted))).one()

    row = await (await booted.services.get(Database)).read(partial(unit, task_id))
    assert (row.holder, row.due_at, row.announced_until, row.deliveries) == (None, None, None, 0)


@pytest.mark.parametrize("name", ["CELERY_BROKER_URL", "REDIS_HOST"])
async def test_redis_is_used_where_it_is_named(runtime, journal, redis_server, name):
    url = f"redis://127.0.0.1:{redis_server.port}/1"
    settings = redis_server.settings if name == "REDIS_HOST" else {"CELERY_BROKER_URL": url}
    booted = await runtime(plugins(journal), roles=WORKER, settings={**QUICK, **settings})
    assert booted.records["tasks-redis"].state == "started"
    assert booted.records["tasks-rows"].state == "idle"
    await journal.end(await (await booted.services.get(Tasks)).enqueue("note", {"value": 1}))


async def test_failed_and_cancelled_tasks_are_kept_for_as_long_as_the_setting_says(deployment, runtime, journal):
    booted = await runtime(plugins(journal), roles=WORKER, settings={**deployment, "TASK_KEEP_FAILED": 120})
    tasks = await booted.services.get(Tasks)
    failed, cancelled = await tasks.enqueue("fail"), await tasks.enqueue("note", {"value": 1}, delay=60)
    assert await journal.end(failed) == ["failed"]
    assert await tasks.cancel(cancelled)

    async def kept(session):
        rows = await session.execute(select(TASKS.c.expires_at, TASKS.c.finished_at))
        return [row.expires_at - row.finished_at for row in rows]

    database = await booted.services.get(Database)
    assert await database.read(kept) == [timedelta(seconds=120)] * 2
