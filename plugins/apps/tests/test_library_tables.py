"""The migrations make the tables that the code describes."""

from dify_apps.tables import METADATA
from dify_database.api import SchemaAccess
from dify_database.migrations.comparing import differences


async def test_the_migrations_make_the_tables_of_the_code(booted):
    access = await booted.services.get(SchemaAccess)
    async with access.inspecting() as connection:
        assert await connection.run_sync(differences, "apps", METADATA) == []
