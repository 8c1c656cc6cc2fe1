"""Values and counters in Redis."""

import asyncio
from collections.abc import Sequence

from ..numeric import milliseconds, read_integer
from .link import Link
from .scripts import ADD


class RedisValues:
    """Values by key; see `dify_runtime_sdk.cache.KeyValue`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        value: bytes | None = await self._link.call("GET", key)
        return value

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of several keys; None also where there is a stream. Keys of several slots are not read at once."""
        groups = self._link.by_slot(keys)
        answers = await asyncio.gather(*(self._link.call("MGET", *group) for group in groups))
        found: dict[str, bytes | None] = {}
        for group, values in zip(groups, answers, strict=True):
            found.update(zip(group, values, strict=True))
        return [found[key] for key in keys]

    async def set(self, key: str, value: bytes, *, ttl: float | None = None, only_if_absent: bool = False) -> bool:
        """Store a value; False when `only_if_absent` and there is one."""
        expiry = () if ttl is None else ("PX", milliseconds(ttl))
        condition = ("NX",) if only_if_absent else ()
        done = await self._link.call("SET", key, value, *expiry, *condition, resend=not only_if_absent)
        return done is not None

    async def take(self, key: str) -> bytes | None:
        """The value, which is gone afterwards."""
        value: bytes | None = await self._link.call("GETDEL", key, resend=False)
        return value

    async def expire(self, key: str, ttl: float) -> bool:
        """Let a key expire; False when there is none."""
        return bool(await self._link.call("PEXPIRE", key, milliseconds(ttl)))

    async def delete(self, *keys: str) -> int:
        """Delete keys; after a failure on the way the count can leave out what the first attempt deleted."""
        groups = self._link.by_slot(keys)
        return sum(await asyncio.gather(*(self._link.call("DEL", *group) for group in groups)))


class RedisCounters:
    """Counters; see `dify_runtime_sdk.cache.Counters`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """Add and return the sum."""
        if ttl is None:
            return int(await self._link.call("INCRBY", key, by, resend=False))
        return int(await self._link.run(ADD, [key], by, milliseconds(ttl), resend=False))

    async def get(self, key: str) -> int:
        """The value; 0 when there is none."""
        return read_integer(await self._link.call("GET", key))
