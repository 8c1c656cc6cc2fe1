"""What a worker does beside tasks: relay what the broker was not told, and forget what has expired."""

import asyncio
import logging
from functools import partial

from dify_database import Database, DatabaseUnavailable
from dify_runtime_sdk.tasks import TaskBroker, TaskBrokerError

from ..clock import Clock
from ..rows.ending import forget_expired
from ..rows.taking import announce_again, any_unannounced, unannounced
from ..settings import TaskSettings

_log = logging.getLogger("dify_tasks")

_MOST = 500
"""Rows of one statement."""
_SWEEP = 60.0
"""Seconds between two looks for expired tasks."""


class Relay:
    """Tells the broker of due tasks that it was not told of, or may have lost."""

    def __init__(self, database: Database, broker: TaskBroker, settings: TaskSettings) -> None:
        self._database = database
        self._broker = broker
        self._clock = Clock(database.dialect)
        self._every = settings.TASK_POLL_INTERVAL
        self._again = settings.TASK_RESEND_AFTER

    async def run(self) -> None:
        """Relay for ever."""
        while True:
            try:
                sent = await self._relay()
            except (DatabaseUnavailable, TaskBrokerError) as error:
                _log.debug("nothing can be relayed: %s", error)
                sent = 0
            except Exception:
                _log.exception("the relay failed, trying again")
                sent = 0
            if sent < _MOST:
                await asyncio.sleep(self._every)

    async def _relay(self) -> int:
        """Send one batch. Its rows are marked first, so that several relays do not send the same."""
        if not await self._database.read(partial(any_unannounced, clock=self._clock)):
            return 0  # reading disturbs nobody, on SQLite either
        work = partial(unannounced, clock=self._clock, again=self._again, limit=_MOST)
        parcels = await self._database.write(work)
        try:
            await self._broker.send(parcels)
        except BaseException:
            await self._database.write(partial(announce_again, clock=self._clock, parcels=parcels))
            raise
        return len(parcels)


async def sweep(database: Database) -> None:
    """Forget expired tasks, for ever."""
    while True:
        try:
            while await database.write(partial(forget_expired, limit=_MOST)) == _MOST:
                pass
        except DatabaseUnavailable:
            _log.debug("expired tasks are kept while the database is away")
        except Exception:
            _log.exception("expired tasks could not be forgotten")
        await asyncio.sleep(_SWEEP)
