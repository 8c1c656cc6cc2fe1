"""The extension point `migrations`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dify_runtime_sdk import hookspec


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of one plugin: a chain of Alembic revisions with a version table of its own.

    `versions` is the folder of the revision files. `metadata` is where the tables are described, as
    `package.module:attribute` (a `MetaData`, or a class that has one); it is imported when it is needed.

    `adopts` names the revision, if any, at which the plugin's tables are those that Dify makes, so that `db adopt` can
    take them over.
    """

    versions: Path
    metadata: str
    adopts: str | None = None


class MigrationHooks:
    """Offered by the plugin `database`."""

    @hookspec
    def migrations(self) -> Iterable[Migrations] | None:
        """Bring tables: see `Migrations`; at most one per plugin.

        When: once per boot, in every process, before any start. A plugin that brings tables declares
        `requires = ("migrations",)`: then they are there when it starts. Plugins are migrated in the resolved order, in
        one transaction; one plugin's revisions must not depend on another's.
        """
