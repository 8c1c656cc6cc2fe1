"""Making the database that the settings mean."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from dify_runtime_sdk import Runtime

from .backends.base import EngineDatabase
from .backends.deliveries import Deliveries
from .backends.failures import Failures
from .errors import DatabaseError
from .settings import DatabaseSettings

_PATIENCE: Final = 30.0
"""Seconds to wait for other processes that open the same file for the first time."""


@asynccontextmanager
async def open_database(runtime: Runtime) -> AsyncIterator[EngineDatabase]:
    """The database of a runtime; it connects at first use and is closed at the end of the block.

    Raises `DatabaseError` when a file cannot be opened; a server is not asked.
    """
    settings = runtime.settings(DatabaseSettings)
    deliveries = Deliveries(runtime.events.publish)
    if settings.kind == "postgresql":
        database = _server(settings, deliveries)
    else:
        database = await _file(settings, runtime.home, deliveries)
    try:
        yield database
    finally:
        await database.close()


def _server(settings: DatabaseSettings, deliveries: Deliveries) -> EngineDatabase:
    from .backends.postgresql import PostgresDatabase  # the driver: only where it is used

    where = f"database {settings.DB_DATABASE!r} at {settings.DB_HOST}:{settings.DB_PORT}"
    return PostgresDatabase(settings, Failures(where), deliveries)


async def _file(settings: DatabaseSettings, home: Path, deliveries: Deliveries) -> EngineDatabase:
    from .backends.sqlite import SqliteDatabase
    from .backends.sqlite_engines import prepare_file

    path = home / f"{settings.DB_DATABASE}.db"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(prepare_file, path, _PATIENCE)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DatabaseError(
            f"database {path} cannot be opened: {reason}", hint="name a writable directory by DIFY_RUNTIME_HOME"
        ) from error
    return SqliteDatabase(path, settings, Failures(f"database {path}"), deliveries)
