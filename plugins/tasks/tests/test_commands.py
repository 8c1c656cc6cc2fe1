"""The command `tasks`."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from dify_runtime.cli.context import BootingContext
from dify_runtime.runtime import Runtime
from dify_runtime_sdk.tasks import TaskError, Tasks
from dify_tasks.commands.tasks import tasks
from plugins.tasks.tests.jobs import QUICK, Journal, plugins


@pytest.fixture
def context(tmp_path):
    """A home with a task that waits, one that failed and one that succeeded."""
    journal = Journal()
    parts = plugins(journal)

    async def fill():
        environ = {name: str(value) for name, value in QUICK.items()}
        async with Runtime.boot(plugins=parts, environ=environ, cwd=tmp_path, roles={"worker"}) as runtime:
            service = await runtime.services.get(Tasks)
            ids = [
                await service.enqueue("note", {"value": 1}, id="done"),
                await service.enqueue("fail", {"secret": "hunter2"}, id="dead"),
            ]
            await service.enqueue("mail", {"value": 1}, id="later", delay=600)
            await journal.end(*ids)

    asyncio.run(fill())
    return BootingContext(parts, environ={}, cwd=tmp_path)


def call(context, *arguments):
    done = CliRunner().invoke(tasks, arguments, obj=context)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    assert "hunter2" not in done.output
    return done.output


def test_tasks_are_listed_shown_and_purged(context):
    listed = json.loads(call(context, "list", "--json"))
    assert {one["id"]: one["state"] for one in listed} == {"done": "succeeded", "dead": "failed", "later": "queued"}
    assert [one["id"] for one in json.loads(call(context, "list", "--json", "--queue", "mail"))] == ["later"]
    assert [one["id"] for one in json.loads(call(context, "list", "--json", "--state", "succeeded"))] == ["done"]
    assert call(context, "dead").split() == ["dead", "failed", "1", "default", "fail", "ValueError:", "as", "always"]

    shown = json.loads(call(context, "show", "done", "--json"))
    assert (shown["result"], shown["finished_at"][-1]) == (2, "Z")
    assert "ValueError: as always" in call(context, "show", "dead")
    with pytest.raises(TaskError, match="there is no task 'nothing'"):
        call(context, "show", "nothing")

    assert call(context, "retry", "dead") == "queued dead\n"
    with pytest.raises(TaskError, match="neither failed nor cancelled: 'done'"):
        call(context, "retry", "done")
    assert json.loads(call(context, "purge", "--json")) == {"purged": 1}
    assert call(context, "purge", "--state", "queued") == "purged 2\n"
    assert json.loads(call(context, "dead", "--json")) == []
