"""Values and counters in memory."""

from collections.abc import Sequence

from dify_runtime_sdk.cache import CacheError

from ..numeric import read_integer
from .keyspace import Keyspace, text_at


class LocalValues:
    """Values by key; see `dify_runtime_sdk.cache.KeyValue`."""

    def __init__(self, keyspace: Keyspace) -> None:
        self._keyspace = keyspace

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        return text_at(self._keyspace, key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of several keys; None also where there is a stream."""
        found = [self._keyspace.get(key) for key in keys]
        return [value if isinstance(value, bytes) else None for value in found]

    async def set(self, key: str, value: bytes, *, ttl: float | None = None, only_if_absent: bool = False) -> bool:
        """Store a value; False when `only_if_absent` and there is one."""
        if only_if_absent and self._keyspace.get(key) is not None:
            return False
        self._keyspace.put(key, bytes(value), ttl)
        return True

    async def take(self, key: str) -> bytes | None:
        """The value, which is gone afterwards."""
        value = text_at(self._keyspace, key)
        self._keyspace.pop(key)
        return value

    async def expire(self, key: str, ttl: float) -> bool:
        """Let a key expire; False when there is none."""
        return self._keyspace.expire(key, ttl)

    async def delete(self, *keys: str) -> int:
        """Delete keys; returns how many there were."""
        return sum(self._keyspace.pop(key) is not None for key in keys)


class LocalCounters:
    """Counters; see `dify_runtime_sdk.cache.Counters`. They have 64 bits, as in Redis."""

    def __init__(self, keyspace: Keyspace) -> None:
        self._keyspace = keyspace

    async def add(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """Add and return the sum."""
        found = text_at(self._keyspace, key)
        total = read_integer(found) + by
        if not -(1 << 63) <= total < 1 << 63:
            raise CacheError("the sum does not fit into 64 bits", hint="the counter is as it was")
        if found is None:
            self._keyspace.put(key, b"%d" % total, ttl)
        else:
            self._keyspace.update(key, b"%d" % total)
        return total

    async def get(self, key: str) -> int:
        """The value; 0 when there is none."""
        return read_integer(text_at(self._keyspace, key))
