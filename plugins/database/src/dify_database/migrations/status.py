"""What each plugin's schema is at, compared with where it should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from .chain import Chain

PREFIX: Final = "alembic_version_"
"""How the names of all version tables begin. Dify's own is `alembic_version`, and left alone."""
DIFY_TABLE: Final = "alembic_version"
"""Where Dify keeps the revision of a schema that it made."""

type State = Literal["current", "behind", "unknown", "orphan"]


def version_table(plugin: str) -> str:
    """The version table of a plugin."""
    return PREFIX + plugin.replace("-", "_")


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """The schema of one plugin.

    `current`: at the head of its chain. `behind`: an upgrade brings it there. `unknown`: at a revision that the
    installed version does not have, so a newer one made it. `orphan`: there is a version table, but no such plugin.
    """

    plugin: str
    stored: tuple[str, ...]
    head: str | None
    state: State

    def to_json(self) -> dict[str, Any]:
        """The status as one JSON object."""
        return {"plugin": self.plugin, "stored": list(self.stored), "head": self.head, "state": self.state}


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says: the revisions by version table, and those of Dify's own, if it made the schema."""

    revisions: Mapping[str, tuple[str, ...]]
    dify: tuple[str, ...] | None = None


def compare(chains: Iterable[Chain], stored: Stored) -> list[PluginStatus]:
    """The status of every plugin with migrations, in the given order, and then of what plugins have left behind."""
    chains = list(chains)
    found = [_status(chain, stored.revisions.get(version_table(chain.plugin), ())) for chain in chains]
    tables = {version_table(chain.plugin) for chain in chains}
    orphans = [
        PluginStatus(name.removeprefix(PREFIX), revisions, None, "orphan")
        for name, revisions in stored.revisions.items()
        if name not in tables
    ]
    return found + orphans


def _status(chain: Chain, stored: Sequence[str]) -> PluginStatus:
    state: State = "behind"
    if any(revision not in chain.revisions for revision in stored):
        state = "unknown"
    elif tuple(stored) == ((chain.head,) if chain.head else ()):
        state = "current"
    return PluginStatus(chain.plugin, tuple(stored), chain.head, state)
