"""Those who wait for entries of streams."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dify_runtime_sdk.cache import CacheError, Entry

from ..stream_id import StreamId


@dataclass(frozen=True, slots=True, eq=False)
class Wait:
    """One who waits for entries of `key` after a place, at most `count`."""

    key: str
    after: StreamId
    count: int | None
    answer: "asyncio.Future[list[Entry]]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def among(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those of the entries that are waited for."""
        return [entry for entry in entries if StreamId.parse(entry.id) > self.after][: self.count]

    def within(self, places: Mapping[str, StreamId] | None) -> bool:
        """Whether what is waited for is among what is read from `places`, or if nothing is, in what is read next."""
        return places is None or (self.key in places and places[self.key] <= self.after)


class Waits:
    """All who wait; who is answered is off the list."""

    def __init__(self) -> None:
        self._waits: set[Wait] = set()

    def __bool__(self) -> bool:
        return bool(self._waits)

    def __iter__(self) -> Iterator[Wait]:
        """Those who wait now; the list may change meanwhile."""
        return iter(tuple(self._waits))

    def add(self, wait: Wait) -> None:
        """Put on the list."""
        self._waits.add(wait)

    def discard(self, wait: Wait) -> None:
        """Take off the list, whoever has no more interest."""
        self._waits.discard(wait)

    def serve(self, wait: Wait, entries: Iterable[Entry]) -> None:
        """Answer with those of the entries that are waited for, if there are any."""
        news = wait.among(entries)
        if news and not wait.answer.done():
            wait.answer.set_result(news)
            self._waits.discard(wait)

    def fail(self, wait: Wait, error: CacheError) -> None:
        """Answer with an error, made anew since each is raised elsewhere."""
        if not wait.answer.done():
            wait.answer.set_exception(CacheError(error.message, hint=error.hint))
        self._waits.discard(wait)

    def places(self) -> dict[str, StreamId]:
        """What to read: every key that is waited for, from the earliest place."""
        places: dict[str, StreamId] = {}
        for wait in self._waits:
            places[wait.key] = min(wait.after, places.get(wait.key, wait.after))
        return places

    def count(self) -> int | None:
        """How many entries of a key somebody wants at most; None if there is no limit."""
        counts = [wait.count for wait in self._waits]
        return None if None in counts else max((count for count in counts if count is not None), default=None)
