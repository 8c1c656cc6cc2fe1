import json
import sqlite3
import subprocess
from contextlib import closing

import pytest
from click.testing import CliRunner

from dify_database.migrations.commands import db
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_runtime.cli.context import BootingContext
from plugins.database.tests.notes import plugin_with, write_revision

THEIRS = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
    "INSERT INTO alembic_version VALUES ('dify-head')",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, title VARCHAR(50), color INTEGER, rank INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE somebody_elses (id INTEGER)",
    "INSERT INTO notes (id, title) VALUES (1, 'kept')",
)


@pytest.fixture
def plugins(tmp_path):
    """`notes` has a counterpart in Dify's schema, and a revision more than that; `extra` has none."""
    notes, extra = tmp_path / "n" / "versions", tmp_path / "e" / "versions"
    columns = "sa.Column('id', sa.Integer(), primary_key=True), sa.Column('title', sa.String(50))"
    write_revision(notes, "n1", None, f"op.create_table('notes', {columns})")
    write_revision(notes, "n2", "n1", "op.add_column('notes', sa.Column('body', sa.Text()))")
    write_revision(extra, "e1", None, "op.create_table('extra', sa.Column('id', sa.Integer()))")
    base = {"database": DatabasePlugin, "migrations": MigrationsPlugin}
    return base | {"notes": plugin_with(notes, adopts="n1"), "extra": plugin_with(extra)}


@pytest.fixture
def execute(tmp_path, database_settings, request):
    """Runs statements on the database as an operator would; returns the rows of the last one, a line each."""

    def on_file(*statements: str) -> list[str]:
        home = tmp_path / ".dify-runtime"
        home.mkdir(exist_ok=True)
        with closing(sqlite3.connect(home / "dify.db", isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return ["|".join("" if value is None else str(value) for value in row) for row in rows]

    def on_server(*statements: str) -> list[str]:
        server = request.getfixturevalue("postgres_server")
        return server.run("; ".join(statements), database_settings["DB_DATABASE"]).splitlines()

    return on_server if database_settings else on_file


@pytest.fixture
def run(tmp_path, database_settings, plugins):
    """Runs a command of `db` as the command line does; returns its result."""
    environ = {name: str(value) for name, value in database_settings.items()}
    context = BootingContext(plugins, environ=environ, cwd=tmp_path)
    return lambda *arguments: CliRunner().invoke(db, list(arguments), obj=context)


def test_a_schema_of_dify_is_taken_over_and_brought_forward(execute, run):
    execute(*THEIRS)
    result = run("adopt", "--json")
    assert result.exit_code == 0, result.exception
    notes = ["column notes.color is not used", "column notes.rank is not used"]
    assert json.loads(result.output) == [
        {"plugin": "extra", "outcome": "new", "revision": None, "notes": []},
        {"plugin": "notes", "outcome": "adopted", "revision": "n1", "notes": notes},
    ]
    assert "n1 -> n2" in run("upgrade").output
    assert execute("SELECT id, title, body FROM notes") == ["1|kept|"]
    assert execute("SELECT version_num FROM alembic_version_notes") == ["n2"]
    assert execute("SELECT version_num FROM alembic_version") == ["dify-head"]
    assert execute("SELECT count(*) FROM extra") == ["0"]


def test_a_second_adoption_changes_nothing(execute, run):
    execute(*THEIRS)
    run("adopt")
    assert [one["outcome"] for one in json.loads(run("adopt", "--json").output)] == ["new", "already"]


def test_a_dry_run_writes_nothing(execute, run):
    execute(*THEIRS)
    assert "adopted" in run("adopt", "--dry-run").output
    with pytest.raises((sqlite3.OperationalError, subprocess.CalledProcessError)):
        execute("SELECT * FROM alembic_version_notes")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE notes DROP COLUMN title", "column notes.title is missing"),
        ("DROP TABLE notes", "table notes is missing"),
        ("ALTER TABLE notes RENAME COLUMN title TO name", "column notes.title is missing"),
        ("ALTER TABLE notes RENAME COLUMN id TO number", "column notes.number must be filled, and nobody would"),
    ],
    ids=["no column", "no table", "other name", "a column that nobody fills"],
)
def test_what_does_not_fit_is_listed_and_nothing_is_changed(execute, run, change, reason):
    identity = "CREATE TABLE notes (id INTEGER NOT NULL, title VARCHAR(50))"
    execute(*THEIRS[:2], identity, change)
    result = run("adopt")
    assert result.exit_code == 1
    assert f"plugin notes: {reason}" in str(result.exception)
    with pytest.raises((sqlite3.OperationalError, subprocess.CalledProcessError)):
        execute("SELECT * FROM alembic_version_notes")


def test_an_upgrade_of_a_schema_of_dify_says_that_it_must_be_taken_over(execute, run):
    execute(*THEIRS)
    result = run("upgrade")
    assert result.exit_code == 1
    assert "Dify made the schema of this database" in str(result.exception)
    assert "dify-runtime db adopt" in str(result.exception)
    assert execute("SELECT title FROM notes") == ["kept"]
