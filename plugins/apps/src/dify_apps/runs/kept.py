"""The events of a run, kept small."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from ..api import WireEvent

type _Entry = WireEvent | tuple[WireEvent, str, Any]


class KeptEvents(Sequence[WireEvent]):
    """A list of events. Of one that differs from an earlier one in a single field, that field alone is kept.

    The pieces of an answer are such: a stream of them takes a quarter of the memory.
    """

    def __init__(self, events: Sequence[WireEvent] = ()) -> None:
        self._base: WireEvent = {}
        self._entries: list[_Entry] = []
        for event in events:
            self.append(event)

    def append(self, event: WireEvent) -> None:
        """Add an event; it is not to be changed afterwards."""
        base = self._base
        if list(event) == list(base):
            # only what is the same object is the same for sure: 1, 1.0 and True are equal
            other = [name for name, value in event.items() if value is not base[name]]
            if len(other) == 1:
                self._entries.append((base, other[0], event[other[0]]))
                return
        self._base = event
        self._entries.append(event)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> WireEvent: ...

    @overload
    def __getitem__(self, place: slice) -> list[WireEvent]: ...

    def __getitem__(self, place: int | slice) -> WireEvent | list[WireEvent]:
        if isinstance(place, slice):
            return [_whole(entry) for entry in self._entries[place]]
        return _whole(self._entries[place])

    def __iter__(self) -> Iterator[WireEvent]:
        return map(_whole, self._entries)


def _whole(entry: _Entry) -> WireEvent:
    if isinstance(entry, tuple):
        base, name, value = entry
        return {**base, name: value}
    return entry
