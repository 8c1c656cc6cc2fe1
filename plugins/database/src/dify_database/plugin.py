"""The plugin `database`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .api import Database, SchemaAccess
from .hookspecs import MigrationHooks
from .settings import DatabaseSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.http import Routes


class DatabasePlugin(Plugin):
    """The service `Database`: a SQLite file in the home, or the Postgres server that `DB_HOST` names."""

    settings = DatabaseSettings
    essential = True

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer `migrations`: whoever has tables requires this plugin."""
        return [MigrationHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the database, and the way of migrations to it; both are one object."""
        return [
            Service(Database, _open, check=lambda database: database.check()),
            Service(SchemaAccess, _same),
        ]

    @hookimpl
    def routes(self) -> "list[Routes]":
        """Serve `/db-pool-stat`."""
        from .routes import pool_routes

        return [pool_routes()]

    @hookimpl
    def shared_backends(self, runtime: Runtime) -> list[str]:
        """A server's database is shared between processes."""
        return ["database"] if runtime.settings(DatabaseSettings).kind == "postgresql" else []

    async def start(self, runtime: Runtime) -> None:
        """Make the database where requests and tasks will want it: the first of them should not wait for imports."""
        if runtime.roles - {"job"}:
            await runtime.services.get(Database)


async def _open(runtime: Runtime) -> AsyncIterator[Any]:
    from .opening import open_database  # SQLAlchemy: only where a database is used

    async with open_database(runtime) as database:
        yield database


async def _same(runtime: Runtime) -> Any:
    return await runtime.services.get(Database)
