"""SQLite: readers on connections of their own, one writer, the log of changes in a file beside (WAL)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..api import Dialect, PlainUnit, PoolFigures, Unit
from ..errors import MigrationError
from ..settings import DatabaseSettings
from .base import EngineDatabase, pool_figures
from .deliveries import Deliveries
from .failures import Failures
from .holding import UnitWatch, refuse_nesting
from .sqlite_driver import run_plain
from .sqlite_engines import reading_engine, snapshot_engine, writing_engine
from .sqlite_lock import begin_immediate
from .writer import Writer


class SqliteDatabase(EngineDatabase):
    """`Database` and `SchemaAccess` on a SQLite file."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, settings: DatabaseSettings, failures: Failures, deliveries: Deliveries) -> None:
        """The file is made at first use; its directory must be there."""
        super().__init__(failures, deliveries, UnitWatch(settings.DB_SLOW_UNIT))
        self._settings = settings
        self._path = path
        self._readers = reading_engine(path, settings)
        self._snapshots = snapshot_engine(path, settings)
        self._writing = writing_engine(path, settings, foreign_keys=True)
        self._writer = Writer(self._writing, failures, deliveries, self._watch)

    def _reader(self, *, snapshot: bool) -> AsyncEngine:
        return self._snapshots if snapshot else self._readers

    async def write[T](self, unit: Unit[T]) -> T:
        """See `Database.write`."""
        refuse_nesting(unit)
        return await self._writer.write(unit)

    async def write_plain[T](self, unit: PlainUnit[T]) -> T:
        """See `Database.write_plain`."""
        refuse_nesting(unit)
        return await self._writer.write_plain(unit)

    async def _run_plain[T](self, connection: AsyncConnection, unit: PlainUnit[T]) -> T:
        return await run_plain(connection, unit)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """See `SchemaAccess.changing`. The lock is that of the file: the kernel frees it when the process dies."""
        engine = writing_engine(self._path, self._settings, foreign_keys=False)
        try:
            async with engine.connect() as connection:
                await begin_immediate(connection)
                yield connection
                await _check_foreign_keys(connection)
                await connection.commit()
        finally:
            await engine.dispose()

    def pool(self) -> PoolFigures:
        """See `Database.pool`."""
        return pool_figures(self._readers.pool, timeout=self._settings.SQLALCHEMY_POOL_TIMEOUT, recycle=-1)

    async def close(self) -> None:
        """See `EngineDatabase.close`."""
        await self._deliveries.close()
        await self._writer.close()
        await self._deliveries.close()
        await self._writing.dispose()
        self._watch.close()
        await self._snapshots.dispose()
        await self._readers.dispose()


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    """Raise `MigrationError` when rows refer to rows that are gone; nothing checked while tables were rebuilt."""
    broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise MigrationError(f"after the migrations {len(broken)} rows refer to rows that are gone, in {tables}")
