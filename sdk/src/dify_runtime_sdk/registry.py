"""A named collection for an extension point, with one wording for its errors."""

from collections.abc import Iterator, Mapping

from .errors import DuplicateNameError, UnknownNameError


class Registry[T](Mapping[str, T]):
    """Contributions to one extension point by name, in the order they came.

    `kind` names the extension point in error messages ("storage back end"). Indexing with an unknown name raises
    `UnknownNameError`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, tuple[T, str]] = {}

    def add(self, name: str, value: T, *, owner: str) -> None:
        """Add one contribution of the plugin `owner`; raises `DuplicateNameError` if the name is taken."""
        taken = self._entries.get(name)
        if taken is not None:
            raise DuplicateNameError(
                f"{self._kind} {name!r} is contributed by plugin {taken[1]!r} and by plugin {owner!r}",
                hint="rename one, or deny one of the plugins",
            )
        self._entries[name] = (value, owner)

    def owner(self, name: str) -> str:
        """The plugin that contributed `name`."""
        return self._entry(name)[1]

    def _entry(self, name: str) -> tuple[T, str]:
        entry = self._entries.get(name)
        if entry is None:
            known = ", ".join(sorted(self._entries)) or "none"
            raise UnknownNameError(f"unknown {self._kind} {name!r}", hint=f"known: {known}")
        return entry

    def __getitem__(self, name: str) -> T:
        return self._entry(name)[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
