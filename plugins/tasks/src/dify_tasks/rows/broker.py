"""The broker of the embedded default: the rows are the queue."""

import asyncio
from collections.abc import Sequence
from functools import partial

from dify_database import Database
from dify_runtime_sdk.tasks import Delivery, Parcel

from ..clock import Clock
from .taking import due


class RowBroker:
    """A `TaskBroker` that carries nothing: it wakes the worker of this process, which looks at the rows.

    Rows of other processes are found when the next look is due.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clock = Clock(database.dialect)
        self._news = asyncio.Event()

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Wake the worker."""
        self._news.set()

    async def receive(self, queues: Sequence[str], *, limit: int, wait: float) -> Sequence[Delivery]:
        """Look at the rows, now and when woken."""
        until = asyncio.get_running_loop().time() + wait
        while True:
            self._news.clear()
            parcels = await self._database.read(partial(due, clock=self._clock, queues=queues, limit=limit))
            if parcels:
                return [Delivery(parcel) for parcel in parcels]
            try:
                async with asyncio.timeout_at(until):
                    await self._news.wait()
            except TimeoutError:
                return []

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing: the lease is in the row."""

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing: the row has ended."""
