import asyncio
import json
import logging
import os

import pytest
from sqlalchemy import inspect, text

from dify_database import Database, MigrationError, Migrations, SchemaError
from dify_database.api import SchemaAccess
from dify_database.migrations.migrator import Migrator
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_runtime_sdk import DifyRuntimeError, Plugin, hookimpl
from plugins.database.tests import processes
from plugins.database.tests.notes import plugin_with, write_revision

CREATE = "op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))"
ADD = "op.add_column('notes', sa.Column('title', sa.String(50)))"
BASE = {"database": DatabasePlugin, "migrations": MigrationsPlugin}


@pytest.fixture
def versions(tmp_path):
    folder = tmp_path / "notes" / "versions"
    write_revision(folder, "n1", None, CREATE, "op.drop_table('notes')")
    return folder


@pytest.fixture
def boot(runtime, database_settings, versions):
    """Boots with the feature `notes` and its tables, on one and the same database."""

    async def boot(*, plugins=None, roles=("api",), **settings):
        plugins = {"notes": plugin_with(versions)} if plugins is None else plugins
        return await runtime(BASE | plugins, roles=roles, settings=database_settings | settings)

    return boot


async def schema(booted) -> dict[str, list[str]]:
    """The columns by table."""

    def read(connection):
        inspector = inspect(connection)
        return {name: [one["name"] for one in inspector.get_columns(name)] for name in inspector.get_table_names()}

    async with (await booted.services.get(SchemaAccess)).inspecting() as connection:
        return await connection.run_sync(read)


async def rows(booted, sql: str) -> list[str]:
    database = await booted.services.get(Database)
    return [str(row[0]) for row in await database.read(lambda session: session.execute(text(sql)))]


async def test_the_first_start_makes_the_tables_and_the_next_one_changes_nothing(boot):
    booted = await boot()
    tables = await schema(booted)
    assert tables == {"notes": ["id"], "alembic_version_notes": ["version_num"]}
    assert await rows(booted, "SELECT version_num FROM alembic_version_notes") == ["n1"]
    assert await schema(await boot()) == tables


async def test_every_step_is_told_once(boot, caplog):
    caplog.set_level(logging.INFO)
    await boot()
    assert [record.name for record in caplog.records if "n1" in record.getMessage()] == ["dify_database.migrations"]
    assert [record.name for record in caplog.records if record.name.startswith("alembic")] == []


async def test_a_new_revision_is_applied_at_the_next_start_and_rows_are_kept(boot, versions):
    first = await boot()
    await (await first.services.get(Database)).write(lambda one: one.execute(text("INSERT INTO notes VALUES (7)")))
    write_revision(versions, "n2", "n1", ADD)
    booted = await boot()
    assert (await schema(booted))["notes"] == ["id", "title"]
    assert await rows(booted, "SELECT id FROM notes") == ["7"]


async def test_tables_can_be_rebuilt_while_others_refer_to_them(boot, versions):
    child = "op.create_table('lines', sa.Column('note', sa.Integer(), sa.ForeignKey('notes.id', ondelete='CASCADE')))"
    write_revision(versions, "n2", "n1", child)
    first = await boot()

    async def fill(session):
        await session.execute(text("INSERT INTO notes VALUES (7)"))
        await session.execute(text("INSERT INTO lines VALUES (7)"))

    await (await first.services.get(Database)).write(fill)
    rebuilt = "with op.batch_alter_table('notes', recreate='auto') as notes:\n        "
    write_revision(versions, "n3", "n2", f"{rebuilt}notes.add_column(sa.Column('title', sa.String(5)))")
    write_revision(versions, "n4", "n3", f"{rebuilt}notes.alter_column('title', type_=sa.String(50))")
    assert await rows(await boot(), "SELECT note FROM lines") == ["7"]


async def test_plugins_are_migrated_in_the_resolved_order(boot, versions, tmp_path):
    early = tmp_path / "early" / "versions"
    write_revision(early, "e1", None, "op.create_table('early', sa.Column('id', sa.Integer()))")
    write_revision(versions, "n2", "n1", "op.execute('INSERT INTO early VALUES (1)')")

    class Notes(plugin_with(versions)):
        requires = ("migrations", "zebra")

    booted = await boot(plugins={"notes": Notes, "zebra": plugin_with(early)})
    assert await rows(booted, "SELECT id FROM early") == ["1"]


async def test_a_migration_that_fails_stops_the_boot_with_its_reason_and_leaves_the_old_schema(
    boot, versions, tmp_path
):
    before = await schema(await boot())
    other = tmp_path / "other" / "versions"
    write_revision(other, "o1", None, "op.create_table('other', sa.Column('id', sa.Integer()))")
    write_revision(versions, "n2", "n1", ADD)
    write_revision(versions, "n3", "n2", "op.execute('INSERT INTO nowhere VALUES (1)')")
    plugins = {"notes": plugin_with(versions), "a-other": plugin_with(other)}
    with pytest.raises(DifyRuntimeError) as caught:
        await boot(plugins=plugins)
    assert "a migration of plugin 'notes' failed at upgrade n2 -> n3" in str(caught.value)
    assert "nowhere" in str(caught.value)
    assert "the schema is as it was before" in str(caught.value)
    (versions / "n3.py").unlink()
    (versions / "n2.py").unlink()
    assert await schema(await boot()) == before


async def test_a_migration_that_raises_is_named_with_its_plugin(boot, versions):
    write_revision(versions, "n2", "n1", "raise ValueError('no such thing')")
    with pytest.raises(DifyRuntimeError, match=r"plugin 'notes' failed at upgrade n1 -> n2.*ValueError: no such thing"):
        await boot()


async def test_a_plugin_that_is_gone_leaves_the_others_able_to_migrate(boot, versions, tmp_path):
    other = tmp_path / "other" / "versions"
    write_revision(other, "o1", None, "op.create_table('other', sa.Column('id', sa.Integer()))")
    await boot(plugins={"notes": plugin_with(versions), "other": plugin_with(other)})
    write_revision(versions, "n2", "n1", ADD)
    booted = await boot()
    assert (await schema(booted))["notes"] == ["id", "title"]
    statuses = await (await booted.services.get(Migrator)).statuses()
    assert [(one.plugin, one.stored, one.state) for one in statuses] == [
        ("notes", ("n2",), "current"),
        ("other", ("o1",), "orphan"),
    ]


async def test_a_schema_of_a_newer_version_stops_the_boot(boot, versions):
    write_revision(versions, "n2", "n1", ADD)
    await boot()
    (versions / "n2.py").unlink()
    with pytest.raises(DifyRuntimeError, match=r"plugin notes is at a revision that the installed version .*: n2"):
        await boot()


@pytest.mark.parametrize("settings", [{"MODE": "api"}, {"MIGRATION_ENABLED": False}], ids=["api", "switched off"])
async def test_where_a_start_does_not_migrate_a_schema_that_is_not_current_stops_it(boot, settings):
    with pytest.raises(DifyRuntimeError, match=r"not current for plugin notes.*dify-runtime db upgrade"):
        await boot(**settings)
    await boot(MIGRATION_ENABLED=True)
    assert (await boot(**settings)).records["notes"].state == "started"


async def test_a_process_of_a_deployment_migrates_when_it_is_told_to(boot):
    booted = await boot(MODE="worker", MIGRATION_ENABLED=True, roles=("worker",))
    assert "notes" in await schema(booted)


async def test_the_tables_are_there_before_a_plugin_starts_that_requires_them(boot, versions):
    found = []

    class Notes(plugin_with(versions)):
        async def start(self, runtime):
            database = await runtime.services.get(Database)
            found.extend(await database.read(lambda session: session.execute(text("SELECT count(*) FROM notes"))))

    await boot(plugins={"notes": Notes})
    assert [tuple(row) for row in found] == [(0,)]


async def test_alembic_is_imported_only_when_there_is_something_to_migrate(database_settings, versions, tmp_path):
    settings = json.dumps(database_settings | {"DIFY_RUNTIME_HOME": str(tmp_path / "home")})
    imported = [
        (await processes.finish(await processes.start("boot", str(versions), settings))).split() for _ in range(2)
    ]
    driver = "asyncpg" if database_settings else "aiosqlite"
    assert imported == [["alembic", "sqlalchemy", driver], ["sqlalchemy", driver]]


@pytest.mark.parametrize("amount", [4])
async def test_of_several_processes_that_migrate_at_once_one_does_it(database_settings, versions, tmp_path, amount):
    write_revision(versions, "n2", "n1", "import time; time.sleep(0.3); op.execute('INSERT INTO notes VALUES (1)')")
    settings = json.dumps(database_settings | {"DIFY_RUNTIME_HOME": str(tmp_path / "home")})
    started = [await processes.start("migrate", str(versions), settings) for _ in range(amount)]
    await processes.open_gates(started)
    for process in started:
        process.stdin.write(b"go\n")
    outputs = [(await processes.finish(process)).split("\n") for process in started]
    done = [line for lines in outputs for line in lines if line]
    assert len(done) == 2, outputs
    assert sum(1 for lines in outputs if any(lines)) == 1


async def test_a_process_that_is_killed_while_it_migrates_leaves_the_old_schema_and_no_lock(
    boot, database_settings, versions, tmp_path
):
    before = await schema(await boot())
    sleeping = tmp_path / "sleeping"
    write_revision(versions, "n2", "n1", f"{ADD}; open({str(sleeping)!r}, 'w').close(); import time; time.sleep(60)")
    home = str(tmp_path / ".dify-runtime")
    settings = json.dumps(database_settings | {"DIFY_RUNTIME_HOME": home})
    process = await processes.start("migrate", str(versions), settings)
    await processes.open_gates([process])
    process.stdin.write(b"go\n")
    while not sleeping.exists():  # noqa: ASYNC110 - the file is the signal of another process
        await asyncio.sleep(0.01)
    process.kill()
    await process.communicate()
    (versions / "n2.py").unlink()
    assert await schema(await boot()) == before
    write_revision(versions, "n2", "n1", ADD)
    assert (await schema(await boot()))["notes"] == ["id", "title"]


async def test_without_plugins_that_have_tables_nothing_is_asked_of_the_database(runtime, database_settings):
    booted = await runtime(BASE, roles=("job",), settings=database_settings)
    assert not (booted.runtime.home / "dify.db").exists()


async def test_a_downgrade_undoes_revisions_and_base_drops_all(boot, versions):
    write_revision(versions, "n2", "n1", ADD, "with op.batch_alter_table('notes') as one:; one.drop_column('title')")
    text_of = (versions / "n2.py").read_text().replace("one:\n    one", "one:\n        one")
    (versions / "n2.py").write_text(text_of)
    booted = await boot()
    migrator = await booted.services.get(Migrator)
    assert await migrator.downgrade("notes", "n1") == ["notes: downgrade n2 -> n1, Revision n2"]
    assert (await schema(booted))["notes"] == ["id"]
    await migrator.downgrade("notes", "base")
    assert await schema(booted) == {"alembic_version_notes": ["version_num"]}
    with pytest.raises(MigrationError, match=r"plugin 'notes'.*nonsense"):
        await migrator.downgrade("notes", "nonsense")


async def test_one_plugin_can_be_brought_to_a_revision(boot, versions):
    write_revision(versions, "n2", "n1", ADD)
    booted = await boot(MIGRATION_ENABLED=True, plugins={})
    migrator = Migrator(await booted.services.get(SchemaAccess), {"notes": Migrations(versions, "")})
    await migrator.upgrade("notes", "n1")
    assert (await schema(booted))["notes"] == ["id"]
    with pytest.raises(SchemaError, match="plugin notes"):
        await migrator.require_current()
    with pytest.raises(MigrationError, match=r"'tasks' has no migrations.*notes"):
        await migrator.upgrade("tasks")


@pytest.mark.parametrize("database_settings", ["postgresql"], indirect=True)
async def test_a_start_waits_for_a_server_that_comes_up_later(boot, postgres_server, caplog):
    caplog.set_level(logging.INFO)
    postgres_server.kill()
    try:
        starting = asyncio.create_task(boot())
        while "waiting for the database" not in caplog.text:  # noqa: ASYNC110 - the log is all there is
            await asyncio.sleep(0.01)
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert "notes" in await schema(await starting)


@pytest.mark.parametrize("database_settings", ["postgresql"], indirect=True)
async def test_a_start_that_has_waited_long_enough_says_that_the_server_is_away(boot, postgres_server):
    postgres_server.kill()
    try:
        with pytest.raises(
            DifyRuntimeError, match="'migrations' failed in phase start: The database cannot be reached"
        ):
            await boot(MIGRATION_WAIT=0)
    finally:
        postgres_server.start()


class Contributes(Plugin):
    """Contributes what a test says."""

    requires = ("migrations",)
    values: tuple[object, ...] = ()

    @hookimpl
    def migrations(self):
        return self.values


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ({"notes": ("nonsense",)}, "'notes' gave 'nonsense' as migrations"),
        ({"notes": (Migrations(os.curdir, ""),) * 2}, "'notes' gave migrations twice"),
        ({"n" * 50: (Migrations(os.curdir, ""),)}, "too long"),
    ],
    ids=["no migrations", "two chains", "long name"],
)
async def test_contributions_that_make_no_sense_stop_the_boot(runtime, plugins, message):
    declared = {name: type("Contributor", (Contributes,), {"values": values}) for name, values in plugins.items()}
    with pytest.raises(DifyRuntimeError, match=message):
        await runtime(BASE | declared)
