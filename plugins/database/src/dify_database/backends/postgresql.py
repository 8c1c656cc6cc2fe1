"""Postgres: one pool; each write a transaction of its own."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import asyncpg  # type: ignore[import-untyped]  # it ships no marker
from sqlalchemy import URL, BigInteger, event, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ..api import Dialect, PlainUnit, PoolFigures, Unit
from ..commits import take_after_commit
from ..errors import DatabaseUnavailable
from ..settings import DatabaseSettings
from .base import EngineDatabase, close, pool_figures, session_on
from .connecting import connect_arguments
from .deliveries import Deliveries
from .failures import Failures, is_conflict
from .holding import UnitWatch, unit_name
from .listeners import READS_ONLY, watch_statements

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log = logging.getLogger("dify_database")

_ATTEMPTS: Final = 4
"""How often a unit is run that loses against other transactions."""
_SCHEMA_LOCK: Final = 0x64696679_72756E74
"""The advisory lock of schema changes: a number nobody else uses by accident."""


class PostgresDatabase(EngineDatabase):
    """`Database` and `SchemaAccess` on a Postgres server."""

    dialect: Dialect = "postgresql"

    def __init__(self, settings: DatabaseSettings, failures: Failures, deliveries: Deliveries) -> None:
        """Connects at first use; raises `SettingsError` for `DB_EXTRAS` that make no sense."""
        super().__init__(failures, deliveries, UnitWatch(settings.DB_SLOW_UNIT))
        self._settings = settings
        # Most units read: the pool's connections are set for them, so that a lone statement is one round trip, not
        # three. Engines with options share the pool.
        self._readers = make_engine(settings, failures)
        self._writers = self._readers.execution_options(isolation_level="READ COMMITTED", **{READS_ONLY: False})
        self._snapshots = self._readers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _reader(self, *, snapshot: bool) -> AsyncEngine:
        return self._snapshots if snapshot else self._readers

    async def write[T](self, unit: Unit[T]) -> T:
        """See `Database.write`."""
        name = unit_name(unit)
        return await self._repeated(lambda: self._write_once(unit, name), name)

    async def write_plain[T](self, unit: PlainUnit[T]) -> T:
        """See `Database.write_plain`."""
        name = unit_name(unit)
        return await self._repeated(lambda: self._write_plain_once(unit, name), name)

    async def _repeated[T](self, write: Callable[[], Awaitable[T]], name: str) -> T:
        """The result of a write, which is made again where that may help."""
        attempt = 1
        while True:
            try:
                return await write()
            except DatabaseUnavailable as error:
                if not error.lost or attempt > 1:
                    raise
            except Exception as error:
                if not is_conflict(error) or attempt == _ATTEMPTS:
                    raise
                _log.info("unit %s lost against another transaction, attempt %d", name, attempt)
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - spreads load, guards nothing
            attempt += 1

    async def _write_once[T](self, unit: Unit[T], name: str) -> T:
        with self._watch.holding(name), self._failures.translating():
            async with session_on(self._writers) as session:
                result = await unit(session)
                await session.flush()
                with self._failures.translating_commit(name):
                    await session.finish()
        self._failures.answered()
        delivery = self._deliveries.begin(take_after_commit(session.info))
        if delivery is not None:
            await asyncio.shield(delivery)
        return result

    async def _write_plain_once[T](self, unit: PlainUnit[T], name: str) -> T:
        def whole(connection: "Connection") -> T:
            result = unit(connection)
            with self._failures.translating_commit(name):
                connection.commit()
            return result

        with self._watch.holding(name), self._failures.translating():
            connection = await self._writers.connect()
            try:
                result = await connection.run_sync(whole)
            except BaseException as error:
                await close(connection, error)
                raise
            await close(connection)
        self._failures.answered()
        return result

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """See `SchemaAccess.changing`. The lock ends with the transaction, and so with the process."""
        async with self._writers.begin() as connection:
            key = literal(_SCHEMA_LOCK, BigInteger)
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(key))):
                _log.info("another process changes the schema: waiting for it")
                await connection.execute(select(func.pg_advisory_xact_lock(key)))
            yield connection

    def pool(self) -> PoolFigures:
        """See `Database.pool`."""
        settings = self._settings
        return pool_figures(
            self._readers.pool, timeout=settings.SQLALCHEMY_POOL_TIMEOUT, recycle=settings.SQLALCHEMY_POOL_RECYCLE
        )

    async def close(self) -> None:
        """See `EngineDatabase.close`."""
        await self._deliveries.close()
        self._watch.close()
        await self._readers.dispose()


def make_engine(settings: DatabaseSettings, failures: Failures) -> AsyncEngine:
    """An engine that reads, on the server that the settings name; connects at first use."""
    url = URL.create(
        "postgresql+asyncpg",
        settings.DB_USERNAME,
        settings.DB_PASSWORD.get_secret_value() or None,
        settings.DB_HOST,
        settings.DB_PORT,
        settings.DB_DATABASE,
    )

    async def connect(**arguments: Any) -> Any:
        try:
            return await asyncpg.connect(**arguments)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _refuse(failures, error)

    engine = create_async_engine(
        url,
        connect_args={**connect_arguments(settings), "async_creator_fn": connect},
        echo=settings.echo,
        hide_parameters=True,  # they are people's data, and errors go to logs
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        execution_options={READS_ONLY: True},
        pool_size=settings.SQLALCHEMY_POOL_SIZE,
        max_overflow=settings.SQLALCHEMY_MAX_OVERFLOW,
        pool_recycle=settings.SQLALCHEMY_POOL_RECYCLE,
        pool_use_lifo=settings.SQLALCHEMY_POOL_USE_LIFO,
        pool_pre_ping=settings.SQLALCHEMY_POOL_PRE_PING,
        pool_timeout=settings.SQLALCHEMY_POOL_TIMEOUT,
    )
    watch_statements(engine.sync_engine, settings.DB_SLOW_QUERY)
    event.listen(engine.sync_engine, "connect", _notice_closing)
    return engine


def _refuse(failures: Failures, error: Exception) -> NoReturn:
    reason = str(error) or type(error).__name__
    raise failures.unavailable(f"cannot connect: {reason}") from error


def _notice_closing(_connection: Any, record: Any) -> None:
    """Have the pool replace a connection that the server closes while it is idle: the driver hears of it at once."""
    record.driver_connection.add_termination_listener(lambda _: record.invalidate(soft=True))
