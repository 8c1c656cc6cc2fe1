"""Who waits for entries of streams, and the connections they share."""

import asyncio

from dify_runtime_sdk.cache import Entry

from ..stream_id import StreamId
from .link import Link
from .reader import Reader
from .tuning import Tuning


class Readers:
    """One `Reader` per slot that is being read: one in all, except in a cluster.

    In a cluster at most `Tuning.blocking_reads` of them ask at a time; more than that take turns.
    """

    def __init__(self, link: Link, tuning: Tuning) -> None:
        self._link = link
        self._tuning = tuning
        self._turns = asyncio.Semaphore(tuning.blocking_reads)
        self._readers: dict[int, Reader] = {}
        self._open = True

    async def wait(self, key: str, after: StreamId, count: int | None, seconds: float) -> list[Entry]:
        """The entries of `key` after an id, at most `count`; none if there is none within `seconds`."""
        if not self._open:
            raise self._link.closed()
        slot = self._link.slot(key)
        reader = self._readers.get(slot)
        if reader is None or reader.ended:
            self._readers = {other: one for other, one in self._readers.items() if not one.ended}
            reader = self._readers[slot] = Reader(self._link, self._tuning, self._turns, key)
        return await reader.wait(key, after, count, seconds)

    async def close(self) -> None:
        """Disconnect; whoever still waits, or comes later, gets `CacheError`."""
        self._open = False
        readers, self._readers = self._readers, {}
        await asyncio.gather(*(reader.close() for reader in readers.values()))
