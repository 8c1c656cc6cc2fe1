"""The one writer of a process on SQLite: units queue for it, run one after the other, and are committed in groups.

A group is one transaction (`BEGIN IMMEDIATE`, so that it never has to give up half-way for another process). Failures
are rare: the units of a group run in the bare transaction. When one fails, the whole group is undone, and it and those
that wait run (again) in savepoints, so that one that fails then is undone alone. A unit's caller hears of it
after the commit, of a failure too: it may come of rows of the same group, which nobody else sees yet. Where the
transaction itself is lost (a full disk, a failed commit), the units that had run in it run again, each in a transaction
of its own: the one at fault fails alone then, too.
"""

import asyncio
import logging
from collections import deque
from contextlib import nullcontext
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..api import PlainUnit, Unit
from ..commits import AfterCommit, take_after_commit
from ..errors import DatabaseError
from .deliveries import Deliveries
from .failures import Failures, is_busy
from .holding import UnitWatch
from .sqlite_driver import run_plain
from .sqlite_lock import begin_immediate
from .unit_session import UnitSession

_log = logging.getLogger("dify_database")

_GROUP_UNITS: Final = 256
_GROUP_SECONDS: Final = 0.1
"""When a group is committed although units still wait: others, in other processes, want the lock too."""
_PATIENCE: Final = 30.0
"""Seconds after which units that wait for another process's lock are given up."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A unit in the queue; `outcome` is what its caller awaits.

    `guarded`: it runs in a savepoint, unless it is the first of its group. `alone`: in a transaction of its own.
    """

    unit: Unit[Any] | PlainUnit[Any]
    outcome: "asyncio.Future[Any]"
    plain: bool
    context: Context = field(default_factory=copy_context)
    guarded: bool = False
    alone: bool = False
    task: "asyncio.Task[Any] | None" = None
    result: Any = None
    error: BaseException | None = None
    after: list[AfterCommit] = field(default_factory=list)

    def fail(self, error: BaseException) -> None:
        """Tell the caller that the unit was undone."""
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def tell(self, delivery: "asyncio.Future[Any] | None" = None) -> None:
        """Tell the caller how the unit went."""
        if self.error is not None:
            self.fail(self.error)
        elif not self.outcome.done():
            self.outcome.set_result(delivery)


class Writer:
    """Runs the units of one process; `close` must follow."""

    def __init__(self, engine: AsyncEngine, failures: Failures, deliveries: Deliveries, watch: UnitWatch) -> None:
        self._engine = engine
        self._failures = failures
        self._deliveries = deliveries
        self._watch = watch
        self._queue: deque[Ticket] = deque()
        self._filled = asyncio.Event()
        self._closing = False
        self._worker: asyncio.Task[None] | None = None

    async def write[T](self, unit: Unit[T]) -> T:
        """Queue a unit and return its result after its commit.

        Cancelled before its turn, it never runs; cancelled while it runs, it is let run out and undone; cancelled
        after that, it is committed.
        """
        return cast("T", await self._write(unit, plain=False))

    async def write_plain[T](self, unit: PlainUnit[T]) -> T:
        """Like `write`, for a plain unit."""
        return cast("T", await self._write(unit, plain=True))

    async def _write(self, unit: Unit[Any] | PlainUnit[Any], *, plain: bool) -> Any:
        if self._closing:
            raise DatabaseError("the database is closed", hint="write before the runtime stops")
        loop = asyncio.get_running_loop()
        ticket = Ticket(unit, loop.create_future(), plain)
        self._queue.append(ticket)
        self._filled.set()
        if self._worker is None:
            self._worker = loop.create_task(self._work(), name="database: writer", context=Context())
        try:
            delivery = await ticket.outcome
        except asyncio.CancelledError:
            if ticket.task is not None:
                await asyncio.wait((ticket.task,))
            raise
        if delivery is not None:
            await asyncio.shield(delivery)
        return ticket.result

    async def close(self) -> None:
        """Run what is queued, then stop."""
        self._closing = True
        self._filled.set()
        if self._worker is not None:
            await self._worker

    async def _work(self) -> None:
        while await self._wanted():
            try:
                async with self._engine.connect() as connection:
                    while not connection.invalidated and await self._wanted():
                        await self._run_group(connection)
            except Exception as error:
                self._fail_queued(error)

    async def _wanted(self) -> bool:
        """Wait for a unit in the queue; False when there is none and none will come."""
        while not self._queue and not self._closing:
            self._filled.clear()
            await self._filled.wait()
        return bool(self._queue)

    async def _run_group(self, connection: AsyncConnection) -> None:
        """Run units in one transaction and commit it. Invalidates a connection whose state is in doubt."""
        done: list[Ticket] = []
        until = asyncio.get_running_loop().time() + _GROUP_SECONDS
        try:
            while (ticket := self._next(done, until)) is not None:
                if not connection.in_transaction() and not await self._begin(connection, ticket):
                    return
                await self._run_one(connection, ticket, nested=bool(done) and ticket.guarded)
                if not connection.in_transaction():
                    self._undone(done, ticket)
                    return
                done.append(ticket)
            if done:
                await connection.commit()
            elif connection.in_transaction():
                await connection.rollback()
        except Exception as error:
            self._repeat(done, error)
            await connection.invalidate()  # a commit that failed can leave SQLite inside the transaction
        else:
            self._committed(done)

    def _next(self, done: list[Ticket], until: float) -> Ticket | None:
        """The next unit of this group; None when it is time to commit."""
        while self._queue and self._queue[0].outcome.done():
            self._queue.popleft()  # its caller was cancelled
        if not self._queue:
            return None
        if done:
            full = len(done) >= _GROUP_UNITS or asyncio.get_running_loop().time() > until
            if full or done[-1].alone or self._queue[0].alone:
                return None
        return self._queue.popleft()

    async def _begin(self, connection: AsyncConnection, ticket: Ticket) -> bool:
        """Begin a transaction; where that fails, tell `ticket` and all that wait behind it."""
        try:
            await begin_immediate(connection, _PATIENCE)
        except Exception as error:
            self._queue.appendleft(ticket)
            self._fail_queued(error)
            if not is_busy(error):
                await connection.invalidate()
            return False
        return True

    async def _run_one(self, connection: AsyncConnection, ticket: Ticket, *, nested: bool) -> None:
        """Run one unit. One that fails is undone, or, unless it was `nested`, the transaction is.

        Raises when the connection broke.
        """
        session = None if ticket.plain else _session(connection, nested=nested)
        run = self._run_plain(ticket, connection, nested=nested) if session is None else self._run_unit(ticket, session)
        ticket.task = asyncio.get_running_loop().create_task(run, context=ticket.context)
        await asyncio.wait((ticket.task,))
        error = asyncio.CancelledError() if ticket.task.cancelled() else ticket.task.exception()
        ticket.error = None if error is None else self._failures.translated(error)
        try:
            await self._leave(connection, session, failed=error is not None, nested=nested)
        except Exception as broken:
            ticket.fail(ticket.error or broken)
            raise

    async def _leave(
        self, connection: AsyncConnection, session: UnitSession | None, *, failed: bool, nested: bool
    ) -> None:
        """Undo a unit that failed, and let go of its session; raises when the connection broke."""
        if session is not None:
            if failed:
                await session.undo()
            await session.close()
        if connection.invalidated:
            raise DatabaseError("the connection that writes broke")
        if failed and not nested and connection.in_transaction():
            await connection.rollback()

    async def _run_unit(self, ticket: Ticket, session: UnitSession) -> None:
        unit = cast("Unit[Any]", ticket.unit)
        with self._watch.holding(unit):
            ticket.result = await unit(session)
            if ticket.outcome.cancelled():
                raise asyncio.CancelledError
            await session.finish()
            ticket.after = take_after_commit(session.info)

    async def _run_plain(self, ticket: Ticket, connection: AsyncConnection, *, nested: bool) -> None:
        with self._watch.holding(ticket.unit):
            async with connection.begin_nested() if nested else nullcontext():
                ticket.result = await run_plain(connection, cast("PlainUnit[Any]", ticket.unit))
                if ticket.outcome.cancelled():
                    raise asyncio.CancelledError

    def _undone(self, done: list[Ticket], failed: Ticket) -> None:
        """Queue units again after a failure that undid them; they, and those that wait, run in savepoints now.

        The one that failed is told only if it had nothing of the group before its eyes, or is at fault a second time.
        """
        if not done or failed.guarded:
            failed.tell()
        else:
            self._queue.appendleft(failed)
        self._queue.extendleft(reversed(done))
        if done:
            for ticket in self._queue:
                ticket.guarded = True

    def _repeat(self, done: list[Ticket], error: Exception) -> None:
        """Queue units again whose transaction was lost; one that was alone in it is at fault."""
        if done:
            _log.info("a group of %d units was undone and is repeated one by one: %s", len(done), error)
        for ticket in reversed(done):
            if ticket.alone:
                ticket.fail(self._failures.translated(error))
            else:
                ticket.alone = True
                self._queue.appendleft(ticket)

    def _committed(self, done: list[Ticket]) -> None:
        if done:
            self._failures.answered()
        for ticket in done:
            ticket.tell(None if ticket.error else self._deliveries.begin(ticket.after, ticket.context))

    def _fail_queued(self, error: Exception) -> None:
        """Tell all who wait that the database cannot be written to."""
        if not isinstance(error, (SQLAlchemyError, DatabaseError)):
            _log.exception("the writer failed")
        while self._queue:
            self._queue.popleft().fail(self._failures.translated(error))


def _session(connection: AsyncConnection, *, nested: bool) -> UnitSession:
    mode: Any = "create_savepoint" if nested else "rollback_only"
    return UnitSession(connection, expire_on_commit=False, join_transaction_mode=mode)
