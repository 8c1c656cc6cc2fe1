"""The runtime in processes of its own, which tests kill: `start("worker", ...)`."""
# ruff: noqa: T201 - the tests read what it prints

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dify_runtime.cli.context import BootingContext
from dify_runtime.runtime import Runtime
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.tasks import Schedule, Task, TaskContext, Tasks
from dify_tasks.commands.processes import scheduler, worker
from plugins.tasks.tests.jobs import PLUGINS

ROOT = Path(__file__).parents[3]


class FilesPlugin(Plugin):
    """Tasks that say what they do in a file, and end when another is there."""

    requires = ("tasks",)
    before = ("tasks-worker",)

    @hookimpl
    def tasks(self) -> list[Task]:
        return [Task("mark", mark), Task("hold", hold, queue="dataset")]

    @hookimpl
    def schedules(self) -> list[Schedule]:
        return [Schedule("each second", "mark", every=1, arguments={"value": "tick"})]


def note(line: str) -> None:
    with (Path(os.environ["NOTES"]) / "notes").open("a") as notes:
        notes.write(f"{line}\n")


async def mark(value: str, context: TaskContext) -> None:
    note(f"mark {value}")


async def hold(context: TaskContext) -> None:
    note(f"begin {context.attempt} {os.getpid()}")
    while not (Path(os.environ["NOTES"]) / "go").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.02)
    note(f"end {context.attempt} {os.getpid()}")


async def start(home: Path, command: str, *arguments: str, **environ: Any) -> asyncio.subprocess.Process:
    """Start a process, and wait until it says that it is ready."""
    passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    own = {"DIFY_RUNTIME_HOME": str(home), "NOTES": str(home), **{key: str(value) for key, value in environ.items()}}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name, command, *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**passed, **own},
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while (line := (await process.stdout.readline()).decode()) and "ready" not in line:
            pass
    assert line, "the process ended before it was ready"
    return process


def notes(home: Path) -> list[str]:
    """What tasks noted."""
    path = home / "notes"
    return path.read_text().splitlines() if path.exists() else []


async def embedded(environ: Mapping[str, str], count: int) -> None:
    """Accept tasks behind others that hold the worker up, and stay."""
    async with Runtime.boot(plugins=ALL, environ=environ, roles={"worker"}) as runtime:
        tasks = await runtime.services.get(Tasks)
        for _ in range(2 if count else 0):
            await tasks.enqueue("hold")
        for one in range(count):
            await tasks.enqueue("mark", {"value": str(one)})
        print("ready", flush=True)
        await asyncio.Event().wait()


ALL: dict[str, type[Plugin]] = {**PLUGINS, "files": FilesPlugin}


def main() -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["embedded", count]:
            asyncio.run(embedded(os.environ, int(count)))
        case ["worker", *arguments]:
            worker(arguments, obj=BootingContext(ALL, environ=os.environ))
        case ["scheduler", *arguments]:
            scheduler(arguments, obj=BootingContext(ALL, environ=os.environ))


if __name__ == "__main__":
    main()
