"""The tables that the migrations make."""

from dify_database.migrations.comparing import differences
from dify_database.migrations.migrator import Migrator
from dify_tasks.tables import METADATA
from plugins.tasks.tests.jobs import plugins


async def test_the_migrations_make_the_tables_and_take_them_away(database_settings, runtime, journal):
    booted = await runtime(plugins(journal), roles={"job"}, settings=database_settings)
    migrator = await booted.services.get(Migrator)

    async with migrator.inspecting() as connection:
        assert await connection.run_sync(differences, "tasks", METADATA) == []
    assert await migrator.downgrade("tasks", "base")
    async with migrator.inspecting() as connection:
        missing = await connection.run_sync(differences, "tasks", METADATA)
    assert {"add table runtime_tasks", "add table runtime_schedules"} <= set(missing)
    assert await migrator.upgrade()
