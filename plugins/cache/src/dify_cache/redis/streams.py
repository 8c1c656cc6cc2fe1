"""Append-only logs in Redis."""

from dify_runtime_sdk.cache import Entry

from ..numeric import milliseconds
from ..stream_id import StreamId
from .entries import entries_of, limit_of
from .link import Link
from .readers import Readers
from .scripts import APPEND


class RedisStreams:
    """Streams by key; see `dify_runtime_sdk.cache.Streams`. Entries have one field, `v`."""

    def __init__(self, link: Link, readers: Readers) -> None:
        self._link = link
        self._readers = readers

    async def append(self, key: str, value: bytes, *, max_length: int | None = None, ttl: float | None = None) -> str:
        """Append and return the entry's id."""
        length = "" if max_length is None else max_length
        expiry = "" if ttl is None else milliseconds(ttl)
        place: bytes = await self._link.run(APPEND, [key], value, length, expiry, resend=False)
        return place.decode()

    async def range(self, key: str, *, after: str = "0", count: int | None = None) -> list[Entry]:
        """Entries after an id, oldest first, at most `count`."""
        place = StreamId.parse(after)
        return entries_of(await self._link.call("XRANGE", key, f"({place}", "+", *limit_of(count)))

    async def read(self, key: str, *, after: str = "0", wait: float, count: int | None = None) -> list[Entry]:
        """Like `range`, waiting up to `wait` seconds for a first entry. Costs no connection of its own."""
        if wait > 0 and (entries := await self._readers.wait(key, StreamId.parse(after), count, wait)):
            return entries
        return await self.range(key, after=after, count=count)  # an empty answer is one that the server gave just now

    async def last_id(self, key: str) -> str:
        """The id of the newest entry, "0" when there is none."""
        newest = entries_of(await self._link.call("XREVRANGE", key, "+", "-", "COUNT", 1))
        return newest[0].id if newest else "0"

    async def delete(self, key: str) -> None:
        """Delete a stream."""
        await self._link.call("DEL", key)
