"""The family of protocols on one process's memory."""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .expiring import Expiring
from .limits import LocalLimits
from .locks import LocalLocks
from .pubsub import LocalPubSub
from .streams import LocalStreams
from .values import LocalCounters, LocalValues

if TYPE_CHECKING:
    from .keyspace import Keyspace

_SWEEP = 30.0
"""Seconds between sweeps: how long what has expired and is not used again takes up memory."""


class LocalCache:
    """The service `Cache` in memory; an asynchronous context manager, inside which it works.

    Memory is bounded by what callers put in: give everything a `ttl`, streams a `max_length`.
    """

    def __init__(self, *, sweep_every: float = _SWEEP) -> None:
        self._keyspace: Keyspace = Expiring()
        self._sweep_every = sweep_every
        self._sweeper: asyncio.Task[None] | None = None
        self.values = LocalValues(self._keyspace)
        self.counters = LocalCounters(self._keyspace)
        self.locks = LocalLocks()
        self.limits = LocalLimits()
        self.pubsub = LocalPubSub()
        self.streams = LocalStreams(self._keyspace)

    async def __aenter__(self) -> Self:
        self._sweeper = asyncio.create_task(self._sweep(), name="cache-local: sweep")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait((self._sweeper,))
        self.pubsub.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_every)
            await self._keyspace.sweep()
            await self.limits.sweep()
