"""Checking out a session and reading a row by its key, through `Database` and through SQLAlchemy alone.

Both sides on the same database, of each kind in turn.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from dify_database import Database
from dify_database.testing.postgres import PostgresServer
from dify_runtime.runtime import Runtime
from plugins.database.tests.notes import PLUGINS, Note, make_tables
from tests.benchmarks.command import parser, run
from tests.benchmarks.measure import Quantity, Report, Row, Sample, Target, interleaved

ROWS = 10_000
TARGET = Target("ratio", 0.9, at_least=True)


def raw_engine(home: Path, settings: dict[str, Any]) -> AsyncEngine:
    """An engine as SQLAlchemy's documentation has it, with SQLite's log of changes on."""
    if settings:
        names = ("DB_USERNAME", "DB_PASSWORD", "DB_HOST", "DB_PORT", "DB_DATABASE")
        return create_async_engine(URL.create("postgresql+asyncpg", *(settings[name] for name in names)), pool_size=30)
    engine = create_async_engine(f"sqlite+aiosqlite:///{home / 'dify.db'}")

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    return engine


async def _note(session: AsyncSession) -> Note | None:
    found: Note | None = await session.scalar(select(Note).where(Note.title == f"{ROWS // 2}"))
    return found


def read_by_unit(database: Database) -> Callable[[], Awaitable[object]]:
    """One read through `Database`."""
    return lambda: database.read(_note)


def read_alone(engine: AsyncEngine) -> Callable[[], Awaitable[object]]:
    """One read through SQLAlchemy."""
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def read() -> object:
        async with sessions() as session:
            return await _note(session)

    return read


async def rate(read: Callable[[], Awaitable[object]], amount: int, tasks: int) -> Sample:
    """Reads per second by `tasks` tasks at a time."""

    async def work() -> None:
        for _ in range(amount // tasks):
            await read()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(tasks)))
    return {"rate": amount / (time.perf_counter() - began)}


@contextmanager
def sides(runner: asyncio.Runner, settings: dict[str, Any]) -> Iterator[dict[str, Callable[[], Awaitable[object]]]]:
    """Both ways to read, on one database with rows in it."""
    with tempfile.TemporaryDirectory() as home:
        stack = AsyncExitStack()

        async def begin() -> dict[str, Callable[[], Awaitable[object]]]:
            boot = Runtime.boot(plugins=PLUGINS, environ={"DIFY_RUNTIME_HOME": home}, overrides=settings)
            runtime = await stack.enter_async_context(boot)
            database = await make_tables(runtime.services)
            titles = [{"title": f"{number}"} for number in range(ROWS)]
            await database.write(lambda session: session.execute(insert(Note), titles))
            engine = raw_engine(Path(home), settings)
            stack.push_async_callback(engine.dispose)
            return {"ours": read_by_unit(database), "baseline": read_alone(engine)}

        try:
            yield runner.run(begin())
        finally:
            runner.run(stack.aclose())


def measure(options: argparse.Namespace) -> Report:
    """Measure on SQLite, and on a Postgres server of its own that waits for the disk as usual."""
    server = PostgresServer(durable=True)
    try:
        server.start()
        kinds: dict[str, dict[str, Any]] = {"SQLite": {}, "Postgres": server.settings(server.create_database())}
        rows = [row for kind, settings in kinds.items() for row in _measured(kind, settings, options)]
    finally:
        server.stop()
    return Report("dify_database.Database.read", "SQLAlchemy's AsyncSession on an engine of its own", rows)


def _measured(kind: str, settings: dict[str, Any], options: argparse.Namespace) -> Iterator[Row]:
    with asyncio.Runner() as runner, sides(runner, settings) as both:
        for tasks in (1, 16):
            subjects = {
                name: lambda read=read, tasks=tasks: runner.run(rate(read, options.amount, tasks))
                for name, read in both.items()
            }
            samples = interleaved(options.runs, subjects)
            quantity = Quantity("rate", f"{kind}, {tasks} at a time", "reads/s", TARGET)
            yield quantity.row(samples["ours"], samples["baseline"])


def main() -> int:
    """The command."""
    options = parser("database_reads", __doc__, runs=7)
    options.add_argument("--amount", type=int, default=1000, help="reads per repetition; default 1000")
    return run(options.parse_args(), measure)


if __name__ == "__main__":
    sys.exit(main())
