"""One stream in memory."""

from bisect import bisect_right

from dify_runtime_sdk.cache import Entry

from ..stream_id import StreamId

_SLACK = 16
"""Entries, besides a tenth, by which a stream may exceed its length before it is cut: cutting costs a copy."""


class Log:
    """Entries in the order of their ids."""

    def __init__(self) -> None:
        self._ids: list[StreamId] = []
        self._entries: list[Entry] = []

    def append(self, place: StreamId, value: bytes, max_length: int | None) -> str:
        """Append under an id, which must be the largest, and keep about `max_length` entries; returns the id's text."""
        entry = Entry(str(place), value)
        self._ids.append(place)
        self._entries.append(entry)
        if max_length is not None and len(self._ids) > max_length + max_length // 10 + _SLACK:
            surplus = len(self._ids) - max_length
            del self._ids[:surplus], self._entries[:surplus]
        return entry.id

    def after(self, place: StreamId, count: int | None) -> list[Entry]:
        """The entries after an id, at most `count`."""
        first = bisect_right(self._ids, place)
        return self._entries[first : None if count is None else first + count]

    @property
    def last(self) -> str:
        """The id of the newest entry."""
        return self._entries[-1].id
