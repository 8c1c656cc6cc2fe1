"""How runs ended, written together."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from dify_database import Database, DatabaseUnavailable, after_commit
from dify_runtime_sdk.tasks import TaskFinished

from ..batches import Batcher
from ..clock import Clock
from ..rows.ending import Ended, end
from .runs import Runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_log = logging.getLogger("dify_tasks")

_PAUSE = 0.5
"""Seconds between attempts while the database is away."""


class Ends:
    """Writes for one worker; a result waits for the database as long as its lease lasts."""

    def __init__(self, database: Database, runs: Runs, holder: str) -> None:
        self._database = database
        self._clock = Clock(database.dialect)
        self._runs = runs
        self._holder = holder
        self._batches: Batcher[Ended] = Batcher(self._write_all, name="tasks: ends")

    async def write(self, task_id: str, ended: Ended | None) -> None:
        """Write how a run ended, if there is something to say; returns when it is committed, or lost."""
        run = self._runs.by_id.get(task_id)
        if ended is not None and run is not None and run.stop != "lost":
            await self._batches.put(ended)

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._batches.close()

    async def _write_all(self, batch: Sequence[Ended]) -> None:
        while batch:
            try:
                await self._database.write(partial(self._unit, batch))
            except DatabaseUnavailable:
                await asyncio.sleep(_PAUSE)
                batch = [one for one in batch if self._held(one.id)]
            except Exception:
                if len(batch) > 1:  # one of them is at fault: each gets a turn of its own
                    raise
                _log.exception("how task %s ended cannot be written; it will run again", batch[0].id)
                return
            else:
                return

    def _held(self, task_id: str) -> bool:
        run = self._runs.by_id.get(task_id)
        return run is not None and run.kept_until > asyncio.get_running_loop().time()

    async def _unit(self, batch: Sequence[Ended], session: "AsyncSession") -> None:
        await end(session, self._clock, batch, holder=self._holder)
        for one in batch:
            run = self._runs.by_id.get(one.id)
            if one.again is None and run is not None:
                after_commit(session, TaskFinished(one.id, run.taken.name, one.state))
