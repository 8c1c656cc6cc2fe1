"""What is accepted, and how it ends: with a worker in the process, in each way to run."""

import asyncio

import pytest

from dify_database import Database
from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.tasks import TaskArgumentsError, TaskError, Tasks
from plugins.tasks.tests.jobs import WORKER, plugins, until


@pytest.fixture
async def booted(deployment, runtime: RuntimeFactory, journal):
    return await runtime(plugins(journal), roles=WORKER, settings=deployment)


@pytest.fixture
async def tasks(booted) -> Tasks:
    return await booted.services.get(Tasks)


async def test_a_task_runs_and_its_result_can_be_read(tasks, journal):
    task_id = await tasks.enqueue("note", {"value": 21})

    assert await journal.end(task_id) == ["succeeded"]
    status = await tasks.status(task_id)
    assert (status.state, status.result, status.attempt, status.error) == ("succeeded", 42, 1, None)
    assert journal.seen == [21]
    assert status.started_at is not None


async def test_a_hundred_tasks_all_run_once(tasks, journal):
    ids = await asyncio.gather(*(tasks.enqueue("note", {"value": one}) for one in range(100)))

    assert set(await journal.end(*ids)) == {"succeeded"}
    assert sorted(journal.seen) == list(range(100))


async def test_a_task_exists_if_its_transaction_is_committed(booted, tasks, journal):
    database = await booted.services.get(Database)
    accepted: list[str] = []

    async def fails(session):
        accepted.append(await tasks.enqueue("note", {"value": 1}, transaction=session))
        raise RuntimeError("no")

    async def works(session):
        accepted.append(await tasks.enqueue("note", {"value": 2}, transaction=session))

    with pytest.raises(RuntimeError):
        await database.write(fails)
    await database.write(works)

    undone, done = accepted[:-1], accepted[-1]  # a unit that fails can have run twice
    assert await journal.end(done) == ["succeeded"]
    assert [await tasks.status(one) for one in undone] == [None] * len(undone)
    assert journal.seen == [2]


async def test_an_id_is_accepted_once(tasks, journal):
    first = await tasks.enqueue("note", {"value": 1}, id="mine")
    await tasks.enqueue("note", {"value": 2}, id="mine")

    assert first == "mine"
    await journal.end("mine")
    assert journal.seen == [1]


async def test_unknown_tasks_are_refused(tasks):
    with pytest.raises(UnknownNameError, match=r"known: .*note"):
        await tasks.enqueue("nothing")


@pytest.mark.parametrize("arguments", [{}, {"value": "hunter2"}, {"value": 1, "more": "hunter2"}])
async def test_arguments_that_do_not_fit_are_refused_and_not_shown(tasks, arguments):
    with pytest.raises(TaskArgumentsError) as caught:
        await tasks.enqueue("note", arguments)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert await tasks.find() == []


async def test_a_task_waits_for_its_delay(tasks, journal):
    later = await tasks.enqueue("note", {"value": 2}, delay=0.3)
    sooner = await tasks.enqueue("note", {"value": 1})

    await journal.end(sooner, later)
    assert journal.seen == [1, 2]
    status = await tasks.status(later)
    assert (status.started_at - status.created_at).total_seconds() > 0.25


async def test_a_task_that_fails_is_tried_again(tasks, journal):
    task_id = await tasks.enqueue("flaky")

    assert await journal.end(task_id) == ["succeeded"]
    assert journal.seen == [1, 2, 3]
    assert (await tasks.status(task_id)).attempt == 3


@pytest.mark.parametrize("name", ["fail", "choosy"])
async def test_a_task_fails_when_there_are_no_attempts_left(tasks, journal, name):
    task_id = await tasks.enqueue(name)

    assert await journal.end(task_id) == ["failed"]
    assert journal.seen == ["failing"]
    assert (await tasks.status(task_id)).error == "ValueError: as always"


async def test_a_failed_task_can_be_queued_anew(tasks, journal):
    task_id = await tasks.enqueue("fail")
    await journal.end(task_id)
    journal.finished.clear()

    assert await tasks.retry(task_id) is True
    assert await journal.end(task_id) == ["failed"]
    assert journal.seen == ["failing", "failing"]
    assert await tasks.retry("nothing") is False


async def test_a_task_that_takes_too_long_is_cut_off(tasks, journal):
    task_id = await tasks.enqueue("limited")

    assert await journal.end(task_id) == ["failed"]
    assert journal.cancelled == 1
    assert "ran longer than 0.05 s" in (await tasks.status(task_id)).error


async def test_a_task_that_waits_can_be_cancelled(tasks):
    task_id = await tasks.enqueue("note", {"value": 1}, delay=60)

    assert await tasks.cancel(task_id) is True
    assert (await tasks.status(task_id)).state == "cancelled"
    assert await tasks.cancel(task_id) is False


async def test_a_running_task_can_be_cancelled(tasks, journal):
    task_id = await tasks.enqueue("wait")
    await journal.begun.wait()

    assert await tasks.cancel(task_id) is True
    assert await journal.end(task_id) == ["cancelled"]
    assert journal.cancelled == 1


async def test_progress_can_be_read_while_a_task_runs(tasks, journal):
    task_id = await tasks.enqueue("report")
    await journal.begun.wait()

    assert (await tasks.status(task_id)).progress == {"done": 1, "of": 2}
    journal.go_on.set()
    await journal.end(task_id)


async def test_results_expire(tasks, journal):
    task_id = await tasks.enqueue("brief", {"value": 1})
    await journal.end(task_id)

    async def expired():
        return await tasks.status(task_id) is None

    await until(expired)
    assert len(await tasks.find()) <= 1  # the row goes with the next sweep


async def test_tasks_that_ended_are_purged(tasks, journal):
    done, waiting = await tasks.enqueue("note", {"value": 1}), await tasks.enqueue("note", {"value": 1}, delay=60)
    await journal.end(done)

    assert await tasks.purge() == 1
    assert [one.id for one in await tasks.find()] == [waiting]
    assert await tasks.purge(state="queued", queue="mail") == 0
    assert await tasks.purge(state="queued", queue="default") == 1


@pytest.mark.parametrize("task_id", ["", "x" * 256])
async def test_ids_that_no_row_can_hold_are_refused(tasks, task_id):
    with pytest.raises(TaskError, match="1 to 255 characters"):
        await tasks.enqueue("note", {"value": 1}, id=task_id)
