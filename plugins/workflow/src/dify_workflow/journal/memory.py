"""A journal in the memory of the process: for tests, and for runs that need not outlive it."""

from collections.abc import AsyncIterator

from dify_runtime_sdk.workflow import JournalEntry


class MemoryJournal:
    """Keeps the entries of one run as they are.

    Entries that carry a `group` belong to one item of an iteration; `supersede` replaces them by one, so that a long
    iteration leaves behind what its items gave and nothing more.
    """

    def __init__(self) -> None:
        self._groups: dict[str | None, list[tuple[int, JournalEntry]]] = {None: []}
        self._count = 0

    def append(self, entry: JournalEntry) -> None:
        """See `Journal.append`."""
        group = entry.get("group")
        entries = self._groups.get(group)
        if entries is None:
            entries = self._groups[group] = []
        entries.append((self._count, entry))
        self._count += 1

    def supersede(self, group: str, entry: JournalEntry) -> None:
        """Replace all entries of `group` by one."""
        self._groups.pop(group, None)
        self.append(entry)

    async def flush(self) -> None:
        """See `Journal.flush`."""

    async def read(self) -> AsyncIterator[JournalEntry]:
        """See `Journal.read`."""
        for entry in self.entries():
            yield entry

    def entries(self) -> list[JournalEntry]:
        """All entries, in the order in which they came."""
        return [entry for _, entry in sorted((pair for group in self._groups.values() for pair in group), key=_order)]


def _order(pair: tuple[int, JournalEntry]) -> int:
    return pair[0]
