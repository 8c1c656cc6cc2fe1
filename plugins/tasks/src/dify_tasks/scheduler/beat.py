"""The beat: once a second it is seen what is due.

A due time is taken in the transaction that adds the task, by whoever comes first. So any number of schedulers are one
in effect, none is missed when one dies, and a clock that is set back repeats nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from dify_database import Database, DatabaseUnavailable, utc_now
from dify_runtime_sdk.tasks import Tasks

from ..tables import SCHEDULES
from .due import Timing

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_log = logging.getLogger("dify_tasks")


class Beat:
    """Queues what is due; `now` is the clock, in naive UTC."""

    def __init__(
        self, database: Database, tasks: Tasks, timings: Sequence[Timing], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._timings = timings
        self._now = now
        self._last: dict[str, datetime] = {}

    async def run(self) -> None:
        """Beat for ever."""
        away = False
        while True:
            try:
                await self.beat()
                away = False
            except DatabaseUnavailable as error:
                (_log.debug if away else _log.warning)("schedules wait: %s", error)
                away = True
            except Exception:
                _log.exception("the scheduler failed, trying again")
            await asyncio.sleep(1 - time.time() % 1)

    async def beat(self) -> list[str]:
        """Queue what is due now; returns the names of the schedules."""
        now = self._now()
        if len(self._last) < len(self._timings):
            self._last = await self._database.write(partial(self._first, now))
        queued = []
        for one in self._timings:
            due = one.latest(now)
            if due is not None and due > self._last[one.schedule.name]:
                if await self._database.write(partial(self._take, one, due)):
                    queued.append(one.schedule.name)
                self._last[one.schedule.name] = due
        return queued

    async def _first(self, now: datetime, session: "AsyncSession") -> dict[str, datetime]:
        """Begin with schedules that were not there before: what was due until now is not made up for."""
        insert: Any = postgres_insert if self._database.dialect == "postgresql" else sqlite_insert
        rows = [{"name": one.schedule.name, "last_due": now} for one in self._timings]
        if rows:
            await session.execute(insert(SCHEDULES).on_conflict_do_nothing(), rows)
        return {row.name: row.last_due for row in await session.execute(select(SCHEDULES))}

    async def _take(self, one: Timing, due: datetime, session: "AsyncSession") -> bool:
        schedule = one.schedule
        taken = await session.execute(
            update(SCHEDULES)
            .where(SCHEDULES.c.name == schedule.name, SCHEDULES.c.last_due < due)
            .values(last_due=due)
            .returning(SCHEDULES.c.name)
        )
        if taken.first() is None:
            return False
        task_id = f"{schedule.name}@{due.isoformat()}"
        await self._tasks.enqueue(schedule.task, schedule.arguments, transaction=session, id=task_id)
        return True
