"""The command `tasks`."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

import click

from dify_runtime_sdk import CommandContext, Runtime
from dify_runtime_sdk.tasks import TaskError, Tasks, TaskState, TaskStatus

_STATES = get_args(TaskState.__value__)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_queue_option = click.option("--queue", help="Only this queue.")


@click.group()
def tasks() -> None:
    """Background tasks: look, retry, purge. Arguments are not shown: they can hold secrets."""


@tasks.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only tasks in this state.")
@_queue_option
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@_json_option
@click.pass_obj
def list_tasks(context: CommandContext, state: TaskState | None, queue: str | None, limit: int, as_json: bool) -> None:
    """List tasks, the newest first."""
    _show_all(_run(context, lambda service: service.find(state=state, queue=queue, limit=limit)), as_json)


@tasks.command()
@_queue_option
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@_json_option
@click.pass_obj
def dead(context: CommandContext, queue: str | None, limit: int, as_json: bool) -> None:
    """List tasks that have failed for good; `tasks retry` queues one anew."""
    _show_all(_run(context, lambda service: service.find(state="failed", queue=queue, limit=limit)), as_json)


@tasks.command()
@click.argument("task_id")
@_json_option
@click.pass_obj
def show(context: CommandContext, task_id: str, as_json: bool) -> None:
    """Show what is known of one task."""
    status = _run(context, lambda service: service.status(task_id))
    if status is None:
        raise TaskError(f"there is no task {task_id!r}", hint="`dify-runtime tasks list` shows those there are")
    if as_json:
        click.echo(json.dumps(_plain(status)))
        return
    for name, value in _plain(status).items():
        click.echo(f"{name:<12} {'' if value is None else value}".rstrip())


@tasks.command()
@click.argument("task_ids", nargs=-1, required=True, metavar="TASK_ID...")
@_json_option
@click.pass_obj
def retry(context: CommandContext, task_ids: tuple[str, ...], as_json: bool) -> None:
    """Queue failed or cancelled tasks anew, all their attempts before them."""

    async def each(service: Tasks) -> list[str]:
        return [task_id for task_id in task_ids if await service.retry(task_id)]

    queued = _run(context, each)
    if as_json:
        click.echo(json.dumps({"queued": queued}))
    else:
        click.echo("".join(f"queued {task_id}\n" for task_id in queued), nl=False)
    others = ", ".join(repr(one) for one in task_ids if one not in queued)
    if others:
        raise TaskError(f"neither failed nor cancelled: {others}", hint="`dify-runtime tasks dead` lists what failed")


@tasks.command()
@click.option(
    "--state",
    type=click.Choice([one for one in _STATES if one != "running"]),
    help="Only these; default: all that ended.",
)
@_queue_option
@_json_option
@click.pass_obj
def purge(context: CommandContext, state: TaskState | None, queue: str | None, as_json: bool) -> None:
    """Forget tasks that do not run."""
    count = _run(context, lambda service: service.purge(state=state, queue=queue))
    click.echo(json.dumps({"purged": count}) if as_json else f"purged {count}")


def _run[T](context: CommandContext, ask: Callable[[Tasks], Awaitable[T]]) -> T:
    async def main(runtime: Runtime) -> T:
        return await ask(await runtime.services.get(Tasks))

    return context.run(main, only=("tasks",))


def _plain(status: TaskStatus) -> dict[str, Any]:
    values = asdict(status)
    return {name: f"{one.isoformat()}Z" if isinstance(one, datetime) else one for name, one in values.items()}


def _show_all(found: Sequence[TaskStatus], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found]))
        return
    for one in found:
        line = f"{one.id}  {one.state:<9}  {one.attempt:>2}  {one.queue}  {one.name}"
        click.echo(f"{line}  {one.error}" if one.error else line)
