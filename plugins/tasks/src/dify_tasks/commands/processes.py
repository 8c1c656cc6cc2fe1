"""The commands that run until they are stopped: `worker` and `scheduler`."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import click

from dify_runtime_sdk import CommandContext, Introspection, Runtime
from dify_runtime_sdk.tasks import TaskError


@click.command()
@click.option("--queues", help="Only these queues, the most urgent first (comma list, `*` patterns).")
@click.option("--concurrency", type=click.IntRange(min=1), help="Tasks that run at once.")
@click.pass_obj
def worker(context: CommandContext, queues: str | None, concurrency: int | None) -> None:
    """Run background tasks until SIGTERM or SIGINT; running ones may finish within TASK_STOP_TIMEOUT."""
    given = {"TASK_QUEUES": queues, "TASK_CONCURRENCY": concurrency}
    overrides: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    context.run(_until_stopped("tasks-worker", "worker ready"), roles=("worker",), overrides=overrides)


@click.command()
@click.pass_obj
def scheduler(context: CommandContext) -> None:
    """Queue scheduled tasks until SIGTERM or SIGINT. Several may run: each due time counts once."""
    context.run(_until_stopped("tasks-scheduler", "scheduler ready"), roles=("scheduler",))


def _until_stopped(plugin: str, ready: str) -> Callable[[Runtime], Awaitable[None]]:
    """What to run in a booted runtime that is for `plugin`."""

    async def main(runtime: Runtime) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):  # no such signals on Windows
                loop.add_signal_handler(number, stop.set)
        _check(plugin, (await runtime.services.get(Introspection)).plugins())
        click.echo(ready)
        await stop.wait()

    return main


def _check(plugin: str, records: list[dict[str, Any]]) -> None:
    """Raise `TaskError` when what the process is for has not started."""
    record = next((one for one in records if one["name"] == plugin), None)
    if record is None or record["state"] != "started":
        reason = "it is not installed" if record is None else record["error"] or f"it is {record['state']}"
        hint = "`dify-runtime plugins list` shows the state of every plugin"
        raise TaskError(f"plugin {plugin!r} has not started: {reason}", hint=hint)
