"""A mapping whose entries expire."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched

_BATCH = 1000
"""Entries looked at by a sweep before others may run."""


@dataclass(slots=True)
class _Item[V]:
    value: V
    until: float | None


class Expiring[V]:
    """Values by key, each for ever or until a moment of the monotonic clock.

    An expired entry is never seen; it is dropped when its key is next used, or by `sweep`. Nothing else is ever
    dropped: the memory used is what callers put in and have not let expire.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._items: dict[str, _Item[V]] = {}

    def __len__(self) -> int:
        """The entries in memory, those included that have expired and were not dropped yet."""
        return len(self._items)

    def get(self, key: str) -> V | None:
        """The value, or None."""
        item = self._find(key)
        return None if item is None else item.value

    def put(self, key: str, value: V, ttl: float | None = None) -> None:
        """Store a value, for ever or for `ttl` seconds."""
        self._items[key] = _Item(value, self._after(ttl))

    def update(self, key: str, value: V) -> None:
        """Replace the value of an entry, which expires when it would have; without one, store it for ever."""
        item = self._find(key)
        if item is None:
            self.put(key, value)
        else:
            item.value = value

    def expire(self, key: str, ttl: float) -> bool:
        """Let an entry expire `ttl` seconds from now; False when there is none."""
        item = self._find(key)
        if item is not None:
            item.until = self._after(ttl)
        return item is not None

    def remaining(self, key: str) -> float:
        """Seconds until an entry expires: infinite when it does not, 0 when there is none."""
        item = self._find(key)
        if item is None:
            return 0.0
        return float("inf") if item.until is None else item.until - self._clock()

    def pop(self, key: str) -> V | None:
        """The value, which is gone afterwards, or None."""
        item = self._find(key)
        if item is None:
            return None
        del self._items[key]
        return item.value

    async def sweep(self) -> None:
        """Drop what has expired, letting others run in between."""
        for keys in batched(list(self._items), _BATCH):
            for key in keys:
                self._find(key)
            await asyncio.sleep(0)

    def _after(self, ttl: float | None) -> float | None:
        return None if ttl is None else self._clock() + ttl

    def _find(self, key: str) -> _Item[V] | None:
        item = self._items.get(key)
        if item is not None and item.until is not None and item.until <= self._clock():
            del self._items[key]
            return None
        return item
