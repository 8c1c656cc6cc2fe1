from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dify_database import uuid7_text
from dify_database.migrations.commands import db
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_database.tables import new_metadata
from dify_database.types import AdjustedJSON, ArrayOf, BinaryData, LongText, StringUUID, UtcTime
from dify_runtime.cli.context import BootingContext
from plugins.database.tests.notes import plugin_with


class Base(DeclarativeBase):
    metadata = new_metadata()


class Everything(Base):
    __tablename__ = "everything"

    id: Mapped[str] = mapped_column(StringUUID, primary_key=True, default=uuid7_text)
    tenant_id: Mapped[str] = mapped_column(StringUUID, index=True)
    name: Mapped[str] = mapped_column(String(20), unique=True, server_default="x")
    text: Mapped[str] = mapped_column(LongText)
    data: Mapped[dict[str, int]] = mapped_column(AdjustedJSON)
    plain: Mapped[dict[str, int]] = mapped_column(JSON)
    blob: Mapped[bytes] = mapped_column(BinaryData)
    ids: Mapped[list[int]] = mapped_column(ArrayOf(Integer()))
    names: Mapped[list[str]] = mapped_column(ArrayOf(String()))
    at: Mapped[str] = mapped_column(UtcTime)


@pytest.fixture
def versions(tmp_path):
    folder = tmp_path / "feature" / "versions"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def run(tmp_path, database_settings, versions):
    feature = plugin_with(versions, metadata=f"{__name__}:Base")
    plugins = {"database": DatabasePlugin, "migrations": MigrationsPlugin, "feature": feature}
    environ = {name: str(value) for name, value in database_settings.items()}
    context = BootingContext(plugins, environ=environ, cwd=tmp_path)
    return lambda *arguments: CliRunner().invoke(db, list(arguments), obj=context)


def test_a_draft_makes_the_tables_that_the_code_describes(run, versions):
    result = run("revision", "feature", "-m", "Make everything.")
    assert result.exit_code == 0, result.exception
    path = Path(result.output.strip())
    assert path.parent == versions
    assert path.name.endswith("_make_everything.py")
    assert "down_revision: str | None = None" in path.read_text()
    assert "upgrade" in run("upgrade").output
    assert run("check").output == "the schema is current\n"


def test_a_second_draft_follows_the_first_and_is_empty_when_nothing_has_changed(run):
    run("revision", "feature", "-m", "one")
    run("upgrade")
    result = run("revision", "feature", "-m", "two")
    assert "the draft is empty" in result.output
    run("upgrade")
    assert [line.split()[0] for line in run("history").output.splitlines()] == ["PLUGIN", "feature", "feature"]
    assert run("downgrade", "feature@base", "--yes").exit_code == 0


def test_a_draft_needs_a_schema_at_its_head(run):
    run("revision", "feature", "-m", "one")
    result = run("revision", "feature", "-m", "two")
    assert result.exit_code == 1
    assert "dify-runtime db upgrade feature" in str(result.exception)
