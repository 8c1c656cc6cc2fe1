"""Where the plugins of this distribution start, and how long what they leave behind is kept."""

import pytest

from dify_runtime_sdk import Introspection
from dify_runtime_sdk.tasks import Tasks
from plugins.tasks.tests.jobs import WORKER, plugins, until


@pytest.mark.parametrize(
    ("roles", "started"),
    [
        ({"api"}, set()),
        ({"worker"}, {"tasks-worker"}),
        ({"scheduler"}, {"tasks-scheduler"}),
        ({"api", "worker", "scheduler"}, {"tasks-worker", "tasks-scheduler"}),
    ],
)
async def test_tasks_run_in_workers_and_are_scheduled_in_schedulers(runtime, journal, roles, started):
    booted = await runtime(plugins(journal), roles=roles)

    records = (await booted.services.get(Introspection)).plugins()
    states = {one["name"]: one["state"] for one in records}
    both = {"tasks-worker", "tasks-scheduler"}
    assert {name for name in both if states[name] == "started"} == started
    assert {states[name] for name in both - started} <= {"idle"}
    assert states["tasks"] == "started"


async def test_failures_are_forgotten_after_their_time_and_successes_after_their_own(runtime, journal):
    settings = {"TASK_KEEP_FAILED": 0.01, "TASK_POLL_INTERVAL": 0.05}
    booted = await runtime(plugins(journal), roles=WORKER, settings=settings)
    tasks = await booted.services.get(Tasks)
    failed, done = await tasks.enqueue("fail"), await tasks.enqueue("note", {"value": 1})
    assert await journal.end(failed, done) == ["failed", "succeeded"]

    async def forgotten():
        return await tasks.status(failed) is None

    await until(forgotten)
    assert (await tasks.status(done)).state == "succeeded"


async def test_a_cancelled_task_is_forgotten_after_the_time_of_failures(runtime, journal):
    booted = await runtime(plugins(journal), roles={"job"}, settings={"TASK_KEEP_FAILED": 0.01})
    tasks = await booted.services.get(Tasks)
    task_id = await tasks.enqueue("note", {"value": 1}, delay=60)
    assert await tasks.cancel(task_id)

    async def forgotten():
        return await tasks.status(task_id) is None

    await until(forgotten)
