"""The service `Database`: units of work on short sessions.

A *unit* is a function that takes a session and awaits nothing but the database. It holds a connection while it runs,
on SQLite the only one that writes: so fetch what you need before, and call models, tools and clients after. It does not
commit: it is committed when it returns and undone when it raises. It may be run again after a lost connection or a
conflict with another transaction, and on SQLite when another unit of its group fails, so its only effects are those on
the session.

A *plain unit* is a function that takes a plain connection of SQLAlchemy and awaits nothing at all; the rest of the
above holds for it too. On SQLite it runs in the connection's thread, so that it costs one trip there, whatever it
sends: for what is written or read often. It must be quick and touch nothing that belongs to the event loop.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

type Dialect = Literal["sqlite", "postgresql"]
type Unit[T] = Callable[[AsyncSession], Awaitable[T]]
type PlainUnit[T] = Callable[[Connection], T]


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """The state of the pool of connections: numbers of connections, and its times in seconds."""

    size: int
    checked_in: int
    checked_out: int
    overflow: int
    timeout: int
    recycle: int


class Database(Protocol):
    """The database, the service of this name.

    Every method raises `DatabaseUnavailable` (503) when the database cannot be reached, and recovers by itself when it
    can be again. Units do not nest: `UnitError` says so; pass the session on instead. Objects that a session loaded
    stay usable after it; their unloaded relations do not.
    """

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        ...

    async def read[T](self, unit: Unit[T], *, snapshot: bool = False) -> T:
        """Await `unit` with a session that only reads, and return its result.

        Each statement sees what was committed when it began; with `snapshot` all see the state at the first one, which
        is also what `session.stream` needs. Writing raises `UnitError`. Repeated once when the connection is lost.
        """
        ...

    def reading(self, *, snapshot: bool = False) -> "AbstractAsyncContextManager[AsyncSession]":
        """Like `read`, for the statements of the block; never repeated."""
        ...

    async def write[T](self, unit: Unit[T]) -> T:
        """Await `unit` with a session in a transaction, commit, and return its result.

        On SQLite the units of a process run one after the other and are committed in groups; one that fails is undone
        alone. On Postgres each is a transaction of its own. Repeated when the connection is lost before the commit is
        sent, and on a deadlock or serialization failure. A cancelled unit is undone, unless the commit was under way.
        """
        ...

    async def read_plain[T](self, unit: PlainUnit[T]) -> T:
        """Like `read`, for a plain unit: rows in, whatever the unit makes of them out."""
        ...

    async def write_plain[T](self, unit: PlainUnit[T]) -> T:
        """Like `write`, for a plain unit."""
        ...

    async def check(self) -> None:
        """Ask the database for an answer; raises `DatabaseUnavailable`."""
        ...

    def pool(self) -> PoolFigures:
        """The state of the pool of connections, on SQLite of those that read."""
        ...


class SchemaAccess(Protocol):
    """The way of migrations to the database; feature plugins use `Database`."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        ...

    def inspecting(self) -> "AbstractAsyncContextManager[AsyncConnection]":
        """A connection to look at the schema; each statement sees what was committed when it began."""
        ...

    def changing(self) -> "AbstractAsyncContextManager[AsyncConnection]":
        """A connection in a transaction that holds the lock on the schema: one process at a time, the others wait.

        Committed at the end of the block, undone when it raises; data definition is part of the transaction.
        """
        ...
