"""The plugin `migrations`."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from dify_runtime_sdk import Command, Plugin, PluginError, Runtime, Service, hookimpl

from ..api import SchemaAccess
from ..errors import DatabaseUnavailable
from ..hookspecs import Migrations
from ..settings import MigrationSettings
from .migrator import Migrator
from .status import version_table

_log = logging.getLogger("dify_database.migrations")

_LONGEST_NAME: Final = 63
"""Characters of a table's name that Postgres keeps."""
_PAUSE: Final = 0.5
"""Seconds between two questions to a database that does not answer yet."""


class MigrationsPlugin(Plugin):
    """Brings the tables of every plugin up to date; the command `db`."""

    requires = ("database",)
    settings = MigrationSettings
    essential = True

    def __init__(self) -> None:
        self._plans: dict[str, Migrations] = {}

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the command."""
        target = "dify_database.migrations.commands:db"
        return [Command("db", target, "The schema of the database: look, upgrade, downgrade, take over.")]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the migrator: the commands use it without a start of this plugin."""
        return [Service(Migrator, self._migrator)]

    async def _migrator(self, runtime: Runtime) -> Migrator:
        return Migrator(await runtime.services.get(SchemaAccess), self._plans)

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Collect the migrations of all plugins."""
        for plugin, plan in runtime.contributions("migrations"):
            _check(plugin, plan, twice=plugin in self._plans)
            self._plans[plugin] = plan

    async def start(self, runtime: Runtime) -> None:
        """Migrate, or refuse a schema that is not current; waits for a server that does not answer yet."""
        if not self._plans:
            return
        settings = runtime.settings(MigrationSettings)
        migrator = await runtime.services.get(Migrator)
        action = migrator.upgrade if settings.automatic else migrator.require_current
        await _patiently(action, settings.MIGRATION_WAIT)


def _check(plugin: str, plan: Any, *, twice: bool) -> None:
    """Refuse what is not the migrations of one plugin; raises `PluginError`."""
    if not isinstance(plan, Migrations):
        raise PluginError(f"plugin {plugin!r} gave {plan!r} as migrations", hint="it must give Migrations objects")
    if twice:
        raise PluginError(f"plugin {plugin!r} gave migrations twice", hint="one chain per plugin")
    if len(version_table(plugin)) > _LONGEST_NAME:
        raise PluginError(f"the name of plugin {plugin!r} is too long for a version table", hint="use a shorter one")


async def _patiently(action: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Await `action`, again while the database is away, for at most `seconds`."""
    until = time.monotonic() + seconds
    while True:
        try:
            await action()
        except DatabaseUnavailable:
            if time.monotonic() > until:
                raise
            _log.info("waiting for the database")
            await asyncio.sleep(_PAUSE)
        else:
            return
