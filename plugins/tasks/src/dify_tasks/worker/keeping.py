"""Leases: renewed while a task runs; a run whose lease is over is cut off before anybody else may begin."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from dify_database import Database, DatabaseUnavailable
from dify_runtime_sdk.tasks import TaskBroker, TaskBrokerError

from ..clock import Clock
from ..rows.taking import keep
from .runs import Run, Runs

_log = logging.getLogger("dify_tasks")

_MARGIN = 0.8
"""The part of a lease after which a run that could not be kept is cut off; the rest is for it to end in."""


class Keeper:
    """Renews the leases of one worker."""

    def __init__(self, database: Database, broker: TaskBroker, runs: Runs, *, holder: str, lease: float) -> None:
        self._database = database
        self._clock = Clock(database.dialect)
        self._broker = broker
        self._runs = runs
        self._holder = holder
        self._lease = lease

    def until(self) -> float:
        """When a lease that is taken now is over for us, in the loop's time."""
        return asyncio.get_running_loop().time() + self._lease * _MARGIN

    async def run(self) -> None:
        """Keep what is held, for ever."""
        while True:
            await asyncio.sleep(self._lease / 5)
            self._cut_overdue()
            if self._runs.by_id:
                await self._keep(list(self._runs.by_id.values()))

    async def _keep(self, runs: Sequence[Run]) -> None:
        until = self.until()
        ids = [run.taken.id for run in runs]
        work = partial(keep, clock=self._clock, ids=ids, holder=self._holder, lease=self._lease)
        try:
            # an answer that takes longer than the lease is worth nothing
            async with asyncio.timeout(self._lease / 2):
                ours = await self._database.write(work)
            await self._broker.keep([run.delivery for run in runs if run.taken.id in ours])
        except (DatabaseUnavailable, TaskBrokerError, TimeoutError) as error:
            _log.warning("leases of %d tasks could not be renewed: %s", len(runs), type(error).__name__)
            if not isinstance(error, TaskBrokerError):
                return
        except Exception:
            _log.exception("leases of %d tasks could not be renewed", len(runs))
            return
        for run in runs:
            self._judge(run, ours.get(run.taken.id), until)

    def _judge(self, run: Run, cancelling: bool | None, until: float) -> None:
        if self._runs.by_id.get(run.taken.id) is not run:  # it ended meanwhile
            return
        if cancelling is None:
            run.cut("lost")
            return
        run.kept_until = until
        if cancelling:
            run.cut("cancelled")

    def _cut_overdue(self) -> None:
        now = asyncio.get_running_loop().time()
        for run in self._runs.by_id.values():
            if run.kept_until < now and run.stop is None:
                _log.error("task %s %s is cut off: its lease is over", run.taken.name, run.taken.id)
                run.cut("lost")
