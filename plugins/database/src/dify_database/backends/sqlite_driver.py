"""The driver of SQLite: aiosqlite's connections, with one trip to the connection's thread for a statement.

SQLAlchemy's adapter goes there four times: to make a cursor, to execute, to fetch, to close. A trip costs more than
what most statements do there. Plain units take all their statements along in one trip.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Concatenate, cast

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_

if TYPE_CHECKING:
    from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection

type _Parameters = Sequence[Any] | Mapping[str, Any]
type _Outcome = tuple[Sequence[Any], Any, int, int | None]
"""Rows, their description, how many rows were changed, and the id of the last one."""


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that is there only while a statement runs; the rows are fetched at once."""

    __slots__ = ("_outcome",)

    def __init__(self, adapt_connection: "AsyncAdapt_dbapi_connection") -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001 - the base class's way to the driver
        self._rows = deque()
        self._outcome: _Outcome = ((), None, -1, None)

    @property
    def description(self) -> Any:
        """The columns of the rows; None when the statement gives none."""
        return self._outcome[1]

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._outcome[2]

    @property
    def lastrowid(self) -> int:
        """The id of the last row that was inserted."""
        return self._outcome[3] or 0

    def execute(self, operation: Any, parameters: Any = None) -> None:
        """Run a statement and fetch its rows."""
        self._run(_execute, operation, () if parameters is None else parameters)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        """Run a statement once for each of many rows."""
        self._run(_executemany, operation, seq_of_parameters)

    def _run(self, work: Any, operation: str, parameters: Any) -> None:
        adapted: Any = self._adapt_connection
        try:
            self._outcome = adapted.run(work, operation, parameters)
        except Exception as error:
            self._adapt_connection._handle_exception(error)  # noqa: SLF001 - the base class's own
        self._rows = deque(self._outcome[0])

    async def _async_soft_close(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Forget the rows; nothing is open."""
        self._rows.clear()


def _execute(connection: sqlite3.Connection, operation: str, parameters: _Parameters) -> _Outcome:
    cursor = connection.execute(operation, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else ()
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


def _executemany(connection: sqlite3.Connection, operation: str, parameters: Sequence[_Parameters]) -> _Outcome:
    cursor = connection.executemany(operation, parameters)
    try:
        return (), None, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


class OneTripConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose cursors make one trip; those on the server's side stay as they are."""

    __slots__ = ("_inside",)

    _cursor_cls = OneTripCursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._inside: int | None = None

    def run[**P, T](self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kw: P.kwargs) -> T:
        """Run something in the connection's thread, for the adapter; who is there already does not travel."""
        connection: Any = self._connection
        if self._inside == threading.get_ident():
            return work(connection._conn, *args, **kw)  # noqa: SLF001 - as the base class
        outcome: T = await_(connection._execute(work, connection._conn, *args, **kw))  # noqa: SLF001 - as the base class
        return outcome

    async def trip[T](self, unit: Callable[[Connection], T], connection: Connection) -> T:
        """Run a plain unit in the connection's thread; cancelled, it is waited for until it has run out."""
        context, driver = copy_context(), cast("Any", self._connection)

        def inside() -> T:
            self._inside = threading.get_ident()
            try:
                return context.run(unit, connection)
            finally:
                self._inside = None

        running = asyncio.ensure_future(driver._execute(inside))  # noqa: SLF001 - as above
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait((running,))
            raise


async def run_plain[T](connection: AsyncConnection, unit: Callable[[Connection], T]) -> T:
    """Run a plain unit on a connection of this driver."""
    plain = connection.sync_connection
    adapted: Any = None if plain is None else plain.connection.dbapi_connection
    outcome: T = await adapted.trip(unit, plain)
    return outcome


class OneTripDriver(AsyncAdapt_aiosqlite_dbapi):
    """What SQLAlchemy takes for the driver's module."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> OneTripConnection:
        """Open a connection with `async_creator_fn`, which must be given."""
        return OneTripConnection(self, await_(kw.pop("async_creator_fn")(*arg, **kw)))
