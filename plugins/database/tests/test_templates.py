"""The fixture `migrated`: tests start from copies of a database whose migrations ran once."""

import pytest
from sqlalchemy import inspect, text

from dify_database import Database
from dify_database.api import SchemaAccess
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from plugins.database.tests.notes import plugin_with, write_revision

BASE = {"database": DatabasePlugin, "migrations": MigrationsPlugin}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """Migrations that say each time that they run."""
    folder = tmp_path_factory.mktemp("notes")
    create = "op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))"
    told = f"with open({str(folder / 'ran')!r}, 'a') as file: file.write('.')"
    write_revision(folder, "n1", None, f"{create}; {told}")
    return folder


@pytest.fixture(scope="module")
def plugins(versions):
    return BASE | {"notes": plugin_with(versions)}


@pytest.mark.parametrize("turn", [1, 2])
async def test_migrations_run_once_and_every_test_has_rows_of_its_own(
    runtime, plugins, database_settings, migrated, versions, turn
):
    settings = await migrated(plugins, database_settings)
    assert settings == database_settings
    booted = await runtime(plugins, settings=settings | {"MIGRATION_ENABLED": False})  # refuses a schema of yesterday
    database = await booted.services.get(Database)
    rows = await database.read(lambda session: session.execute(text("SELECT id FROM notes")))
    assert rows.all() == []
    await database.write(lambda session: session.execute(text("INSERT INTO notes VALUES (7)")))
    assert len((versions / "ran").read_text()) <= 2  # once for each kind of database


async def test_another_set_of_plugins_has_a_template_of_its_own(runtime, database_settings, migrated, tmp_path):
    folder = tmp_path / "more" / "versions"
    write_revision(folder, "m1", None, "op.create_table('more', sa.Column('id', sa.Integer()))")
    plugins = BASE | {"more": plugin_with(folder)}
    booted = await runtime(plugins, settings=await migrated(plugins, database_settings) | {"MIGRATION_ENABLED": False})
    async with (await booted.services.get(SchemaAccess)).inspecting() as connection:
        tables = await connection.run_sync(lambda one: inspect(one).get_table_names())
    assert sorted(tables) == ["alembic_version_more", "more"]


def test_a_discarded_database_is_gone_with_the_next_one(postgres_server):
    name = postgres_server.create_database()
    postgres_server.discard_database(name)
    other = postgres_server.create_database()
    found = postgres_server.run("SELECT datname FROM pg_database").splitlines()
    postgres_server.drop_database(other)
    assert (name in found, other in found) == (False, True)
