"""What becomes of runs whose process died, and of rows that nobody reads any more."""

import asyncio
import json
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from dify_database import Database, DatabaseUnavailable, utc_now

from ..api import AppMode, OrphanedRun
from ..tables.runs import RUNTIME_FORMS, RUNTIME_RUN_JOURNALS, RUNTIME_RUNS
from .failures import as_event
from .forms import expire_forms
from .generator import GeneratorService
from .modes import Modes
from .record import write
from .stopping import BY_USER

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log: Final = logging.getLogger(__name__)

_LOOKS: Final = 4
"""Looks while a run is held: all but one of them may come to nothing."""
BROKEN_OFF: Final = "The run was interrupted and cannot be continued."


class Keeper:
    """Says that the runs of this process go on, takes up those that nobody runs, and drops what is over long since."""

    def __init__(
        self, generator: GeneratorService, modes: Modes, database: Database, *, alone: bool, keep: float
    ) -> None:
        self._generator = generator
        self._modes = modes
        self._database = database
        self._alone = alone
        self._keep = keep

    async def run(self) -> None:
        """Look from time to time, for ever."""
        while True:
            try:
                await self.look()
            except DatabaseUnavailable:
                _log.debug("no look at the runs: the database is away")
            except Exception:  # a row that is broken must not end the keeper
                _log.exception("a look at the runs failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._generator.awake.wait(), self._generator.hold / _LOOKS)
            self._generator.awake.clear()

    async def look(self) -> None:
        """Look once."""
        if len(self._generator.active):
            await self._hold()
        await expire_forms(self._database)
        for row in await self._take_over():
            await self._continue(row)
        await self._drop_old()

    async def _hold(self) -> None:
        """Say that the runs of this process go on."""
        mine = update(RUNTIME_RUNS).where(RUNTIME_RUNS.c.holder == self._generator.holder)
        held = utc_now() + timedelta(seconds=self._generator.hold)
        await self._database.write(lambda session: session.execute(mine.values(held_until=held)))

    async def _take_over(self) -> list[Any]:
        """Runs that nobody holds any more, now held by this process; of several processes one gets each."""
        table = RUNTIME_RUNS.c
        query = select(table.task_id).where(self._orphaned())
        orphans = list(await self._database.read(lambda session: session.scalars(query)))
        if not orphans:
            return []
        held = utc_now() + timedelta(seconds=self._generator.hold)
        take = (
            update(RUNTIME_RUNS)
            .where(table.task_id.in_(orphans), self._orphaned())
            .values(holder=self._generator.holder, held_until=held)
            .returning(*table)
        )
        return list((await self._database.write(lambda session: session.execute(take))).all())

    def _orphaned(self) -> ColumnElement[bool]:
        table = RUNTIME_RUNS.c
        others = and_(table.held_until.is_not(None), table.holder != self._generator.holder)
        if self._alone:  # nobody else is there: what others held is held by nobody
            return others
        return and_(others, table.held_until < utc_now())

    async def _continue(self, row: Any) -> None:
        mode = await self._modes.get(row.mode)
        prepared = None
        if mode is not None and row.stored is not None:
            orphan = OrphanedRun(
                task_id=row.task_id,
                run_id=row.run_id,
                app_id=row.app_id,
                tenant_id=row.tenant_id,
                stored=json.loads(row.stored),
            )
            prepared = await mode.resume(orphan)
        if mode is None or prepared is None:
            await self._end(mode, row)
            return
        _log.info("run %s goes on here", row.run_id)
        told = json.loads(row.events or "[]")
        parts, stopped = await self._parts(row.run_id), await self._generator.stopping.is_remembered(row.task_id)
        run = self._generator.resume(mode, prepared, parts=parts, told=told)
        if stopped:
            run.stop(BY_USER)

    async def _parts(self, run_id: str) -> int:
        query = select(func.count()).select_from(RUNTIME_RUN_JOURNALS).where(RUNTIME_RUN_JOURNALS.c.run_id == run_id)
        parts: Any = await self._database.read(lambda session: session.execute(query))
        return int(parts.scalar_one())

    async def _end(self, mode: AppMode | None, row: Any) -> None:
        """End the rows of a run that cannot go on."""
        from ..errors import RunFailed

        _log.warning("run %s was interrupted and cannot be continued", row.run_id)
        writes = () if mode is None else mode.failed(row.run_id, row.app_id, BROKEN_OFF)
        event = as_event(RunFailed(BROKEN_OFF))
        over = {
            "holder": None,
            "held_until": None,
            "stored": None,
            "events": json.dumps([*json.loads(row.events or "[]"), event]),
            "ended_at": utc_now(),
        }
        mine = update(RUNTIME_RUNS).where(RUNTIME_RUNS.c.task_id == row.task_id).values(**over)

        def unit(connection: "Connection") -> None:
            for change in (*writes, (mine, None)):
                write(connection, change)

        await self._database.write_plain(unit)

    async def _drop_old(self) -> None:
        """Delete what was kept for late readers, with its journal and its forms."""
        table = RUNTIME_RUNS.c
        before = utc_now() - timedelta(seconds=self._keep)
        old = select(table.task_id, table.run_id).where(table.ended_at < before).limit(1_000)
        rows: Any = (await self._database.read(lambda session: session.execute(old))).all()
        if not rows:
            return
        run_ids = [row.run_id for row in rows]
        runs = delete(RUNTIME_RUNS).where(table.task_id.in_([row.task_id for row in rows]))

        async def unit(session: Any) -> None:
            for of_run in (RUNTIME_RUN_JOURNALS, RUNTIME_FORMS):
                await session.execute(delete(of_run).where(of_run.c.run_id.in_(run_ids)))
            await session.execute(runs)

        await self._database.write(unit)
