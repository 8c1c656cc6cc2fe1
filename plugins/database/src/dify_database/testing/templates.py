"""Migrated databases that tests start from: the migrations run once per set of plugins, copies take milliseconds."""

import shutil
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin

from ..settings import DatabaseSettings

if TYPE_CHECKING:
    from .postgres import PostgresServer

_MIGRATE = {"MIGRATION_ENABLED": True}


@dataclass(frozen=True, slots=True)
class _Copied:
    """A file that was copied away, and where in a test's directory it belongs."""

    copy: Path
    place: Path


class Templates:
    """The templates of one test process."""

    def __init__(self, directory: Path, server: "Callable[[], PostgresServer]") -> None:
        """Keep files in `directory`; `server` gives the Postgres server that the settings of tests name."""
        self._directory = directory
        self._server = server
        self._files: dict[Hashable, _Copied] = {}
        self._databases: dict[Hashable, str] = {}

    async def fill(
        self, runtime: Any, plugins: Mapping[str, type[Plugin]], settings: Mapping[str, Any], home: Path
    ) -> None:
        """Give the database of `settings`, which is empty, the tables of `plugins`.

        `runtime` is the fixture of that name, `home` the directory that it works in. The migrations run where this set
        of plugins is new.
        """
        key = frozenset((name, plugin) for name, plugin in plugins.items() if hasattr(plugin, "migrations"))
        if settings.get("DB_TYPE") == "postgresql":
            await self._fill_server(key, runtime, plugins, settings)
        else:
            await self._fill_file(key, runtime, plugins, settings, home)

    async def _fill_server(
        self, key: Hashable, runtime: Any, plugins: Mapping[str, type[Plugin]], settings: Mapping[str, Any]
    ) -> None:
        name, template = settings["DB_DATABASE"], self._databases.get(key)
        if template is not None:
            self._server().replace_database(name, template)
            return
        await _migrate(runtime, plugins, settings)
        self._databases[key] = self._server().create_database(name)

    async def _fill_file(
        self, key: Hashable, runtime: Any, plugins: Mapping[str, type[Plugin]], settings: Mapping[str, Any], home: Path
    ) -> None:
        template = self._files.get(key)
        if template is not None:
            target = home / template.place
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(template.copy, target)
            return
        made = await _migrate(runtime, plugins, settings)
        copy = self._directory / f"{len(self._files)}.db"
        shutil.copyfile(made, copy)
        self._files[key] = _Copied(copy, made.relative_to(home))


async def _migrate(runtime: Any, plugins: Mapping[str, type[Plugin]], settings: Mapping[str, Any]) -> Path:
    """Run the migrations and stop; where the file of the embedded database is."""
    booted = await runtime(plugins, roles=("job",), only=("migrations",), settings={**settings, **_MIGRATE})
    path: Path = booted.runtime.home / f"{booted.settings(DatabaseSettings).DB_DATABASE}.db"
    await runtime.stop()
    return path
