"""What a process remembers of keys, for seconds: also that there is no such key."""

import time
from collections import OrderedDict
from collections.abc import Callable

from ..api import ApiKey


class KeyMemory:
    """A bounded map from tokens to keys; unknown tokens have a smaller one of their own.

    So somebody who tries keys can neither fill the memory nor push out keys that are in use.
    """

    def __init__(
        self,
        *,
        seconds: float = 5.0,
        known: int = 10_000,
        unknown: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known = _Bounded[ApiKey](known)
        self._unknown = _Bounded[None](unknown)

    def get(self, token: str) -> tuple[bool, ApiKey | None]:
        """Whether something is remembered of the token, and the key, if there is one."""
        now = self._clock()
        key = self._known.get(token, now)
        if key is not None:
            return True, key
        return self._unknown.has(token, now), None

    def put(self, token: str, key: ApiKey | None) -> None:
        """Remember what was found."""
        until = self._clock() + self._seconds
        if key is None:
            self._unknown.put(token, None, until)
        else:
            self._known.put(token, key, until)

    def forget(self, token: str) -> None:
        """Ask the database again for that token."""
        self._known.drop(token)
        self._unknown.drop(token)

    def forget_id(self, key_id: str) -> None:
        """Ask the database again for the key of that id."""
        for token in self._known.where(lambda key: key.id == key_id):
            self._known.drop(token)


class _Bounded[V]:
    """Values that expire; over the limit the one that was put first goes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, tuple[V, float]] = OrderedDict()

    def get(self, token: str, now: float) -> V | None:
        entry = self._entries.get(token)
        if entry is None or entry[1] <= now:
            return None
        return entry[0]

    def has(self, token: str, now: float) -> bool:
        entry = self._entries.get(token)
        return entry is not None and entry[1] > now

    def put(self, token: str, value: V, until: float) -> None:
        self._entries.pop(token, None)
        self._entries[token] = (value, until)
        if len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def drop(self, token: str) -> None:
        self._entries.pop(token, None)

    def where(self, fits: Callable[[V], bool]) -> list[str]:
        return [token for token, (value, _) in self._entries.items() if fits(value)]
