"""Programs that the tests run in processes of their own, by `start(name, *arguments)`."""
# ruff: noqa: T201 - the test reads what they print

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from dify_database import Database
from dify_database.migrations.migrator import Migrator
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_runtime.runtime import Runtime
from plugins.database.tests.notes import PLUGINS, add, plugin_with

ROOT = Path(__file__).parents[3]


async def start(*arguments: str) -> asyncio.subprocess.Process:
    """Start a program; its output is text of lines."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )


async def finish(process: asyncio.subprocess.Process) -> str:
    """Wait for a program to end well; returns what it printed."""
    out, err = await process.communicate(b"go\n")
    assert process.returncode == 0, err.decode()
    return out.decode()


async def gate() -> None:
    """Say that the imports are done, and wait until the test has heard it of all."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def open_gates(processes: list[asyncio.subprocess.Process]) -> None:
    """Wait until all programs are at their gate; `finish` opens it."""
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"


async def write(home: str, name: str, tasks: str, each: str) -> None:
    """Add notes, in many tasks at once."""
    async with Runtime.boot(plugins=PLUGINS, environ={"DIFY_RUNTIME_HOME": home}, roles={"job"}) as runtime:
        database = await runtime.services.get(Database)
        await gate()

        async def writer(number: int) -> None:
            for index in range(int(each)):
                await database.write(add(f"{name} {number} {index}"))

        await asyncio.gather(*(writer(number) for number in range(int(tasks))))


async def migrate(versions: str, settings: str) -> None:
    """Upgrade the tables of `notes`, and print what was done."""
    plugins = {"database": DatabasePlugin, "migrations": MigrationsPlugin, "notes": plugin_with(Path(versions))}
    async with Runtime.boot(
        plugins=plugins, environ={}, overrides=json.loads(settings), roles={"job"}, only={"database"}
    ) as runtime:
        migrator = await runtime.services.get(Migrator)
        await gate()
        print(*await migrator.upgrade(), sep="\n")


async def boot(versions: str, settings: str) -> None:
    """Boot with the tables of `notes`, and print which of the libraries that matter were imported."""
    plugins = {"database": DatabasePlugin, "migrations": MigrationsPlugin, "notes": plugin_with(Path(versions))}
    async with Runtime.boot(plugins=plugins, environ={}, overrides=json.loads(settings), roles={"job"}):
        print(*(name for name in ("alembic", "sqlalchemy", "aiosqlite", "asyncpg") if name in sys.modules))


def main(name: str, *arguments: str) -> Any:
    """Run the program of this name."""
    logging.basicConfig(level=logging.INFO)
    return asyncio.run({"write": write, "migrate": migrate, "boot": boot}[name](*arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
