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

    async def flush(self) -> None:
        """Return when everything appended is durable; raises what kept it from that.

        Called before the end of a run is told, before a pause is, and before a node with an idempotency key runs.
        """
        ...

    def read(self) -> AsyncIterator[JournalEntry]:
        """All durable entries, from the first; for a run that is continued."""
        ...
