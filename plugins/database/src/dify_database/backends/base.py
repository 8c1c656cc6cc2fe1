"""What both databases do alike: sessions that read, checks, and what follows a failure."""

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType

from sqlalchemy import Pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.pool import AsyncAdaptedQueuePool

from ..api import Dialect, PlainUnit, PoolFigures, Unit
from ..errors import DatabaseUnavailable
from .deliveries import Deliveries
from .failures import Failures, is_conflict
from .holding import Holding, UnitWatch
from .unit_session import UnitSession


class EngineDatabase(ABC):
    """A `Database` on SQLAlchemy engines; `SchemaAccess` too."""

    dialect: Dialect

    def __init__(self, failures: Failures, deliveries: Deliveries, watch: UnitWatch) -> None:
        self._failures = failures
        self._deliveries = deliveries
        self._watch = watch

    @abstractmethod
    def _reader(self, *, snapshot: bool) -> AsyncEngine:
        """The engine for sessions that read."""

    @abstractmethod
    async def write[T](self, unit: Unit[T]) -> T:
        """See `Database.write`."""

    @abstractmethod
    async def write_plain[T](self, unit: PlainUnit[T]) -> T:
        """See `Database.write_plain`."""

    @abstractmethod
    def changing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """See `SchemaAccess.changing`."""

    @abstractmethod
    def pool(self) -> PoolFigures:
        """See `Database.pool`."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way, and close all connections."""

    async def read[T](self, unit: Unit[T], *, snapshot: bool = False) -> T:
        """See `Database.read`."""
        try:
            return await self._read_once(unit, snapshot=snapshot)
        except Exception as error:
            if not may_be_repeated(error):
                raise
        return await self._read_once(unit, snapshot=snapshot)

    async def read_plain[T](self, unit: PlainUnit[T]) -> T:
        """See `Database.read_plain`."""
        try:
            return await self._read_plain_once(unit)
        except Exception as error:
            if not may_be_repeated(error):
                raise
        return await self._read_plain_once(unit)

    async def _read_plain_once[T](self, unit: PlainUnit[T]) -> T:
        with self._watch.holding(unit), self._failures.translating():
            connection = await self._reader(snapshot=False).connect()
            try:
                result = await self._run_plain(connection, unit)
            except BaseException as error:
                await close(connection, error)
                raise
            await close(connection)
        self._failures.answered()
        return result

    async def _run_plain[T](self, connection: AsyncConnection, unit: PlainUnit[T]) -> T:
        """Run a plain unit on a connection."""
        return await connection.run_sync(unit)

    async def _read_once[T](self, unit: Unit[T], *, snapshot: bool) -> T:
        async with Reading(self._reader(snapshot=snapshot), self._failures, self._watch.holding(unit)) as session:
            return await unit(session)

    def reading(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """See `Database.reading`."""
        caller = sys._getframe(1).f_code.co_qualname  # noqa: SLF001 - the block has no other name for the log
        holding = self._watch.holding(f"reading() in {caller}")
        return Reading(self._reader(snapshot=snapshot), self._failures, holding)

    @asynccontextmanager
    async def inspecting(self) -> AsyncIterator[AsyncConnection]:
        """See `SchemaAccess.inspecting`."""
        with self._failures.translating():
            async with self._reader(snapshot=False).connect() as connection:
                yield connection

    async def check(self) -> None:
        """See `Database.check`."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))


class Reading(AbstractAsyncContextManager[UnitSession]):
    """A session that reads, inside the block. A class, not a generator: every read of every request pays for it."""

    __slots__ = ("_failures", "_holding", "_session")

    def __init__(self, engine: AsyncEngine, failures: Failures, holding: Holding) -> None:
        self._failures = failures
        self._holding = holding
        self._session = UnitSession(engine, expire_on_commit=False)

    async def __aenter__(self) -> UnitSession:
        self._holding.__enter__()
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await close(self._session, error)
        finally:
            self._holding.__exit__(kind, error, traceback)
        if error is None:
            self._failures.answered()
        elif (translated := self._failures.translated(error)) is not error:
            raise translated from error


@asynccontextmanager
async def session_on(engine: AsyncEngine) -> AsyncIterator[UnitSession]:
    """A session on a connection of `engine`'s pool; what is not committed by the end is undone."""
    session = UnitSession(engine, expire_on_commit=False)
    try:
        yield session
    except BaseException as error:
        await close(session, error)
        raise
    else:
        await close(session)


async def close(work: UnitSession | AsyncConnection, error: BaseException | None = None) -> None:
    """Undo what is not committed, and give the connection back; `error` is what ended the work."""
    if error is None:
        await work.close()
    else:  # a second cancellation must not leave the connection half-way back to the pool
        await asyncio.shield(asyncio.ensure_future(work.close()))


def may_be_repeated(error: Exception) -> bool:
    """Whether a unit that only reads and failed with this may succeed when it is run again."""
    return is_conflict(error) or (isinstance(error, DatabaseUnavailable) and error.lost)


def pool_figures(pool: Pool, *, timeout: int, recycle: int) -> PoolFigures:
    """The state of a pool; `timeout` and `recycle` as it was made with."""
    if not isinstance(pool, AsyncAdaptedQueuePool):
        raise TypeError(f"no figures of a {type(pool).__name__}")
    return PoolFigures(pool.size(), pool.checkedin(), pool.checkedout(), pool.overflow(), timeout, recycle)
