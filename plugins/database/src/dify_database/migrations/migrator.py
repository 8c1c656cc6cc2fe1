"""Brings the schema of every plugin where it should be; the service behind the start and the commands.

All of a run is one transaction: when a migration fails, no plugin's schema has changed.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from ..api import SchemaAccess
from ..errors import MigrationError, SchemaError
from ..hookspecs import Migrations
from .chain import Chain
from .status import PluginStatus, Stored, compare

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class Migrator:
    """The migrations of all plugins of one runtime, in the resolved order."""

    def __init__(self, access: SchemaAccess, plans: Mapping[str, Migrations]) -> None:
        self._access = access
        self.plans = plans

    def chains(self, plugin: str | None = None) -> list[Chain]:
        """The revisions of all plugins, or of one; raises `MigrationError` for a folder that is not one chain."""
        plans = self.plans if plugin is None else {plugin: self.plan(plugin)}
        return [Chain.read(name, plan.versions) for name, plan in plans.items()]

    def plan(self, plugin: str) -> Migrations:
        """What a plugin contributed; raises `MigrationError` when it has no migrations."""
        plan = self.plans.get(plugin)
        if plan is None:
            known = ", ".join(self.plans) or "none"
            raise MigrationError(f"plugin {plugin!r} has no migrations", hint=f"plugins that have: {known}")
        return plan

    def inspecting(self) -> "AbstractAsyncContextManager[AsyncConnection]":
        """A connection to look at the schema."""
        return self._access.inspecting()

    async def stored(self) -> Stored:
        """What the database says of its schema."""
        from .reading import read_stored  # SQLAlchemy: the key of this service is known to processes without it

        async with self.inspecting() as connection:
            return await connection.run_sync(read_stored)

    async def statuses(self) -> list[PluginStatus]:
        """What each plugin's schema is at, orphans last."""
        return compare(self.chains(), await self.stored())

    async def require_current(self) -> None:
        """Raise `SchemaError` when the schema of a plugin is not the one that the installed version needs."""
        behind = self._behind(self.chains(), await self.stored())
        if behind:
            raise SchemaError(
                f"the schema is not current for {_named(behind)}",
                hint="run `dify-runtime db upgrade`, or set MIGRATION_ENABLED=true",
            )

    async def upgrade(self, plugin: str | None = None, revision: str | None = None) -> list[str]:
        """Bring all plugins, or one, to their heads, or one to a revision; returns what was done, a line each.

        Of several processes one does it, the others wait and find it done. Where nothing is to be done, nothing is
        locked and Alembic is not imported. Raises `MigrationError`.
        """
        chains = self.chains(plugin)
        if not self._behind(chains, await self.stored()):
            return []
        done: list[str] = []
        async with self.changing() as connection:
            from . import reading, running

            stored = await connection.run_sync(reading.read_stored)
            for status in self._behind(chains, stored):
                versions, target = self.plans[status.plugin].versions, revision or "head"
                done += await connection.run_sync(running.upgrade, status.plugin, versions, target)
        return done

    async def downgrade(self, plugin: str, revision: str) -> list[str]:
        """Take a plugin back to a revision (`base`: before its first); returns what was done, a line each."""
        versions = self.plan(plugin).versions
        async with self.changing() as connection:
            from . import running

            return await connection.run_sync(running.downgrade, plugin, versions, revision)

    @asynccontextmanager
    async def changing(self) -> "AsyncIterator[AsyncConnection]":
        """A connection in a transaction, with the schema locked and Alembic to itself; raises `MigrationError`."""
        from sqlalchemy.exc import SQLAlchemyError

        logging.getLogger("alembic").setLevel(logging.WARNING)  # at INFO it repeats every step that is logged here
        from .running import alembic_to_itself  # Alembic: only where there is something to change

        try:
            async with alembic_to_itself(), self._access.changing() as connection:
                yield connection
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error)
            raise MigrationError(f"the database failed while its schema was changed: {reason}") from error

    def _behind(self, chains: Sequence[Chain], stored: Stored) -> list[PluginStatus]:
        """The plugins to upgrade; raises `SchemaError` when an upgrade cannot be right."""
        statuses = [status for status in compare(chains, stored) if status.state != "orphan"]
        unknown = [status for status in statuses if status.state == "unknown"]
        if unknown:
            raise SchemaError(
                f"the schema of {_named(unknown)} is at a revision that the installed version does not have: "
                f"{', '.join(revision for status in unknown for revision in status.stored)}",
                hint="install the version that made it, or a newer one, or restore a backup",
            )
        behind = [status for status in statuses if status.state == "behind"]
        theirs = [status for status in behind if not status.stored and self.plans[status.plugin].adopts]
        if theirs and stored.dify is not None:
            raise SchemaError(
                f"Dify made the schema of this database, and {_named(theirs)} would make its tables again",
                hint="take the schema over: `dify-runtime db adopt`",
            )
        return behind


def _named(statuses: Sequence[PluginStatus]) -> str:
    names = ", ".join(status.plugin for status in statuses)
    return f"plugin {names}" if len(statuses) == 1 else f"plugins {names}"
