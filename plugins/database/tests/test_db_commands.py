import json

import pytest
from click.testing import CliRunner

from dify_database.migrations.commands import db
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_runtime.cli.context import BootingContext
from plugins.database.tests.notes import plugin_with, write_revision

DECLARED = "op.create_table('notes', sa.Column('id', sa.CHAR(36), primary_key=True))"
REST = (
    "op.add_column('notes', sa.Column('title', sa.String(50), nullable=False)); "
    "op.add_column('notes', sa.Column('created_at', sa.DateTime(), nullable=False))"
)


@pytest.fixture
def versions(tmp_path):
    folder = tmp_path / "notes" / "versions"
    write_revision(
        folder, "n1", None, "op.create_table('notes', sa.Column('id', sa.Integer()))", "op.drop_table('notes')"
    )
    return folder


@pytest.fixture
def run(tmp_path, database_settings, versions):
    """Runs a command of `db` as the command line does; returns its result."""
    plugins = {"database": DatabasePlugin, "migrations": MigrationsPlugin, "notes": plugin_with(versions)}
    environ = {name: str(value) for name, value in database_settings.items()}
    context = BootingContext(plugins, environ=environ | {"MODE": "job"}, cwd=tmp_path)

    def run(*arguments: str, **rest):
        return CliRunner().invoke(db, list(arguments), obj=context, **rest)

    return run


def lines(result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.output.splitlines()]


def test_upgrade_says_what_it_did_and_then_that_nothing_is_to_do(run):
    assert lines(run("upgrade")) == ["notes: upgrade -> n1, Revision n1".replace(" ->", "  ->").split()]
    assert run("upgrade").output == "nothing to do\n"


def test_current_lists_revision_head_and_state(run, versions):
    assert lines(run("current")) == [["PLUGIN", "REVISION", "HEAD", "STATE"], ["notes", "-", "n1", "behind"]]
    run("upgrade")
    write_revision(versions, "n2", "n1", "pass")
    found = json.loads(run("current", "--json").output)
    assert found == [{"plugin": "notes", "stored": ["n1"], "head": "n2", "state": "behind"}]


def test_history_marks_where_the_database_is(run, versions):
    run("upgrade")
    write_revision(versions, "n2", "n1", "pass")
    table = lines(run("history"))
    assert table[1:] == [["notes", "*", "n1", "Revision", "n1."], ["notes", "n2", "Revision", "n2."]]
    found = json.loads(run("history", "notes", "--json").output)
    assert [(one["revision"], one["here"]) for one in found] == [("n1", True), ("n2", False)]


def test_one_plugin_can_be_upgraded_to_a_revision_and_taken_back(run, versions):
    write_revision(versions, "n2", "n1", "pass")
    assert "n1" in run("upgrade", "notes@n1").output
    assert "n2" in run("upgrade", "notes").output
    assert run("downgrade", "notes@n1", "--yes").output == "notes: downgrade n2 -> n1, Revision n2\n"


def test_a_downgrade_asks_first(run):
    run("upgrade")
    refused = run("downgrade", "notes@base", input="n\n")
    assert refused.exit_code == 1
    assert "Data is lost" in refused.output
    assert json.loads(run("current", "--json").output)[0]["stored"] == ["n1"]
    assert run("downgrade", "notes@base", input="y\n").exit_code == 0
    assert json.loads(run("current", "--json").output)[0]["stored"] == []


def test_a_downgrade_must_say_how_far(run):
    result = run("downgrade", "notes", "--yes")
    assert result.exit_code == 2
    assert "PLUGIN@base" in result.output


def test_check_fails_while_the_schema_is_behind(run):
    result = run("check")
    assert result.exit_code == 1
    assert result.output == "plugin notes: at nothing, behind n1\n"


def test_check_names_what_the_migrations_lack(run):
    run("upgrade")
    result = run("check", "--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert not found["ok"]
    assert "plugin notes: its migrations lack: add column notes.title" in found["problems"]
    assert any("modify type of notes.id" in line for line in found["problems"])


def test_check_passes_when_migrations_and_code_agree(run, versions, database_settings):
    kind = "sa.Uuid(as_uuid=False)" if database_settings else "sa.CHAR(36)"
    columns = (
        f"sa.Column('id', {kind}, primary_key=True), sa.Column('title', sa.String(50), nullable=False), "
        "sa.Column('created_at', sa.DateTime(), nullable=False), sa.UniqueConstraint('title', name='notes_title_key')"
    )
    write_revision(versions, "n1", None, f"op.create_table('notes', {columns})")
    run("upgrade")
    result = run("check")
    assert result.output == "the schema is current\n"
    assert result.exit_code == 0


def test_a_command_names_a_plugin_without_migrations(run):
    result = run("history", "tasks")
    assert result.exit_code == 1
    assert "'tasks' has no migrations" in str(result.exception)


def test_help_needs_no_database(run):
    result = run("--help")
    assert result.exit_code == 0
    assert {"adopt", "check", "current", "downgrade", "history", "upgrade"} <= set(result.output.split())
