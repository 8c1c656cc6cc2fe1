"""The journal of a run: append-only, versioned JSON deltas from which another process continues it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol

JOURNAL_VERSION: Final = 1
"""The version of the entries that this SDK describes; the first entry of a journal carries it in `version`."""

type JournalEntry = Mapping[str, Any]
"""One delta: JSON, with its kind in `kind`. Entries are opaque to a journal; the engine writes and reads them."""


class Journal(Protocol):
    """Keeps the entries of one run, in order. One process writes at a time."""

    def append(self, entry: JournalEntry) -> None:
        """Take one entry, without blocking; it may be written later, in this order, together with others."""
        ...

    async def flush(self, *, ending: bool = False) -> None:
        """Return when everything appended is durable; raises what kept it from that.

        Called before a pause is told, before a node with an idempotency key runs, and, `ending`, before the end of a
        run is told. A journal whose owner makes the end durable together with other things may leave that to it.
        """
        ...

    def read(self) -> AsyncIterator[JournalEntry]:
        """All durable entries, from the first; for a run that is continued."""
        ...
