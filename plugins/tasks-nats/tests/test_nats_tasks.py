"""The whole runtime with `TASK_BROKER=nats`."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from dify_database import Database
from dify_runtime_sdk.tasks import Tasks
from dify_tasks.tables import TASKS
from dify_tasks_nats.plugin import TasksNatsPlugin
from plugins.tasks.tests.jobs import QUICK, WORKER, plugins, until

MORE = {"tasks-nats": TasksNatsPlugin}


@pytest.fixture
def boot(nats_server, database_settings, runtime, journal):
    async def boot(**settings):
        given = {**QUICK, **database_settings, **nats_server.settings, **settings}
        return await runtime(plugins(journal, **MORE), roles=WORKER, settings=given)

    return boot


async def test_a_hundred_tasks_all_run_once(boot, journal):
    booted = await boot()
    tasks = await booted.services.get(Tasks)
    ids = await asyncio.gather(*(tasks.enqueue("note", {"value": one}) for one in range(100)))

    assert set(await journal.end(*ids)) == {"succeeded"}
    assert sorted(journal.seen) == list(range(100))
    assert booted.records["tasks-redis"].state == "idle"


async def test_a_task_is_tried_again(boot, journal):
    tasks = await (await boot()).services.get(Tasks)
    task_id = await tasks.enqueue("flaky")

    assert await journal.end(task_id) == ["succeeded"]
    assert journal.seen == [1, 2, 3]


async def test_a_long_task_is_not_begun_by_another_worker(boot, journal):
    one = await boot()
    await boot()
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


async def test_a_task_that_brings_workers_down_fails(boot, journal):
    booted = await boot(TASK_DELIVERY_LIMIT=3)
    tasks = await booted.services.get(Tasks)
    task_id = await tasks.enqueue("note", {"value": 1}, delay=0.5)

    async def brought_down_three(session):
        await session.execute(update(TASKS).where(TASKS.c.id == task_id).values(deliveries=3))

    await (await booted.services.get(Database)).write(brought_down_three)
    assert await journal.end(task_id) == ["failed"]
    assert journal.seen == []


@pytest.mark.parametrize("keeps_data", [True, False])
async def test_no_accepted_task_is_lost_when_the_server_dies(boot, journal, nats_server, keeps_data):
    booted = await boot(TASK_RESEND_AFTER=1.0)
    tasks = await booted.services.get(Tasks)
    before = [await tasks.enqueue("note", {"value": one}) for one in range(5)]
    await journal.end(*before)

    nats_server.kill()
    if not keeps_data:
        nats_server.forget()
    meanwhile = [await tasks.enqueue("note", {"value": one}) for one in range(5, 10)]
    nats_server.start()

    after = [await tasks.enqueue("note", {"value": one}) for one in range(10, 15)]
    assert set(await journal.end(*meanwhile, *after)) == {"succeeded"}
    assert sorted(journal.seen) == list(range(15))
