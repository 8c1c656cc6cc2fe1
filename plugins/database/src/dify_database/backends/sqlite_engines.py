"""The engines of a SQLite file: one that reads, and those that write."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from ..settings import DatabaseSettings
from .failures import is_busy
from .listeners import READS_ONLY, watch_statements
from .sqlite_driver import OneTripDriver
from .sqlite_lock import BUSY_TIMEOUT

READERS: Final = 8
"""Connections that read, each with a thread: more do not read faster in one process."""


def prepare_file(path: Path, patience: float) -> None:
    """Make the file if it is missing, and have it keep its changes in a log beside (WAL); blocks, so use a thread.

    In WAL readers read while the writer writes. The mode stays with the file. SQLite does not wait by itself when
    several processes set it at once: it is tried for `patience` seconds. Raises `sqlite3.Error`, also where the file
    system has no way to keep such a log, as some shared ones have not.
    """
    until = time.monotonic() + patience
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
        while True:
            try:
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
                reason = error
            else:
                if mode == "wal":
                    return
                reason = sqlite3.OperationalError(f"no write-ahead log can be kept beside the file, but {mode!r}")
            if time.monotonic() > until:
                raise reason
            time.sleep(0.01)


def reading_engine(path: Path, settings: DatabaseSettings) -> AsyncEngine:
    """An engine whose connections cannot write; each statement sees what was committed when it began."""
    engine = _engine(
        path,
        settings,
        isolation_level="AUTOCOMMIT",
        execution_options={READS_ONLY: True},
        skip_autocommit_rollback=True,  # nothing is open: saves a trip to the connection's thread
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=settings.SQLALCHEMY_POOL_TIMEOUT,
    )
    _prepare(engine, "query_only = ON")
    return engine


def snapshot_engine(path: Path, settings: DatabaseSettings) -> AsyncEngine:
    """An engine whose connections cannot write; all statements of a transaction see one state."""
    engine = _engine(path, settings, poolclass=NullPool, execution_options={READS_ONLY: True})
    _prepare(engine, "query_only = ON")
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def writing_engine(path: Path, settings: DatabaseSettings, *, foreign_keys: bool) -> AsyncEngine:
    """An engine whose transactions begin with the write lock.

    Its connections are not pooled: the writer keeps its one. Without `foreign_keys` tables can be rebuilt, as
    migrations do, without the rows that refer to them being touched.
    """
    engine = _engine(path, settings, poolclass=NullPool)
    _prepare(engine, "synchronous = NORMAL", f"foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _engine(path: Path, settings: DatabaseSettings, **options: Any) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        module=OneTripDriver(),
        connect_args={"timeout": BUSY_TIMEOUT, "async_creator_fn": _connect},
        echo=settings.echo,
        hide_parameters=True,  # they are people's data, and errors go to logs
        **options,
    )
    watch_statements(engine.sync_engine, settings.DB_SLOW_QUERY)
    return engine


async def _connect(database: str, **arguments: Any) -> aiosqlite.Connection:
    """Open a connection. aiosqlite loses one whose opening is cancelled: let it be opened, and close it then."""
    connection = aiosqlite.connect(database, **arguments)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: an exit must not wait for it
    opening = asyncio.ensure_future(connection)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_discard)
        raise


def _discard(opening: "asyncio.Future[aiosqlite.Connection]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().stop()


def _prepare(engine: AsyncEngine, *pragmas: str) -> None:
    """Have each new connection leave transactions to us, and set what SQLite keeps per connection.

    `synchronous = NORMAL` loses no commit when a process dies; when the machine does, it may lose the last ones, never
    the file.
    """

    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
        finally:
            cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
