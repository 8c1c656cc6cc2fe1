"""What comes in: parcels become runs by taking their rows."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from dify_database import Database, DatabaseUnavailable
from dify_runtime_sdk.tasks import Delivery, TaskBroker, TaskBrokerError

from ..clock import Clock
from ..rows.taking import Taken, take
from .keeping import Keeper
from .runs import Run, Runs

_log = logging.getLogger("dify_tasks")

_PAUSE = 0.5
"""Seconds between attempts while the broker or the database is away, and after parcels of which none was to be had."""


class Intake:
    """Receives for one worker."""

    def __init__(
        self,
        database: Database,
        broker: TaskBroker,
        runs: Runs,
        keeper: Keeper,
        *,
        queues: Sequence[str],
        room: int,
        holder: str,
        lease: float,
        wait: float,
    ) -> None:
        """`room`: how many runs there may be at once."""
        self._database = database
        self._clock = Clock(database.dialect)
        self._broker = broker
        self._runs = runs
        self._keeper = keeper
        self._queues = queues
        self._room = room
        self._holder = holder
        self._lease = lease
        self._wait = wait
        self._away = False
        self._ahead: list[Run] = []

    async def begin(self) -> None:
        """Wait for the first runs, which `next` then gives."""
        if not self._ahead:
            self._ahead = await self.next()

    async def next(self) -> list[Run]:
        """The next runs; waits for some. Never raises what the broker or the database raises."""
        if self._ahead:
            runs, self._ahead = self._ahead, []
            return runs
        while True:
            try:
                runs = await self._receive()
            except (TaskBrokerError, DatabaseUnavailable) as error:
                (_log.debug if self._away else _log.warning)("no tasks can be taken, trying again: %s", error)
                self._away = True
                await asyncio.sleep(_PAUSE)
                continue
            if self._away:
                _log.info("tasks can be taken again")
                self._away = False
            if runs:
                return runs

    async def _receive(self) -> list[Run]:
        limit = max(1, self._room - len(self._runs.by_id))
        deliveries = await self._broker.receive(self._queues, limit=limit, wait=self._wait)
        fresh = {one.parcel.id: one for one in deliveries if one.parcel.id not in self._runs.by_id}
        if not deliveries:
            return []
        taken = await self._take(list(fresh))
        until = self._keeper.until()
        runs = [Run(taken[key], fresh[key], until) for key in fresh if key in taken]
        self._runs.by_id.update((run.taken.id, run) for run in runs)
        refused = [one for one in deliveries if one.parcel.id not in self._runs.by_id]
        if refused:
            await self._refuse(refused)
        if not runs:
            await asyncio.sleep(_PAUSE)
        return runs

    async def _take(self, ids: list[str]) -> dict[str, Taken]:
        if not ids:
            return {}
        work = partial(take, clock=self._clock, ids=ids, holder=self._holder, lease=self._lease)
        return await self._database.write(work)

    async def _refuse(self, deliveries: Sequence[Delivery]) -> None:
        """Forget parcels whose task has ended or is somebody's: if that one dies, it is announced again."""
        await self._broker.done(deliveries)
