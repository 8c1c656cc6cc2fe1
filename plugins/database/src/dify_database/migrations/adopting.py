"""Taking over a schema that Dify made: what is there is compared with what a plugin's migrations would have made."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, create_engine, inspect

from dify_runtime_sdk import DIFY_API_VERSION

from ..errors import AdoptionError
from ..hookspecs import Migrations
from .migrator import Migrator
from .reading import read_stored
from .running import stamp, upgrade
from .status import version_table

type Outcome = Literal["adopted", "already", "new"]


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of one plugin's tables.

    `adopted`: Dify made them, and the plugin goes on from `revision`. `already`: the plugin had its version table.
    `new`: Dify has no such tables; an upgrade makes them. `notes` are differences that do no harm.
    """

    plugin: str
    outcome: Outcome
    revision: str | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The outcome as one JSON object."""
        return {"plugin": self.plugin, "outcome": self.outcome, "revision": self.revision, "notes": list(self.notes)}


@dataclass(slots=True)
class _Findings:
    """The differences between a schema and what a plugin needs."""

    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def adopt(migrator: Migrator, *, dry_run: bool = False) -> list[Adoption]:
    """Take over the tables of all plugins that have a counterpart in Dify's schema, or of none.

    Only the plugins' own version tables are written. Raises `AdoptionError` when tables or columns are missing.
    """
    async with migrator.changing() as connection:
        stored = await connection.run_sync(read_stored)
        outcomes: list[Adoption] = []
        missing: list[str] = []
        for plugin, plan in migrator.plans.items():
            if plan.adopts is None or stored.revisions.get(version_table(plugin)):
                outcomes.append(Adoption(plugin, "new" if plan.adopts is None else "already"))
                continue
            expected = await asyncio.to_thread(_expected, plugin, plan, plan.adopts)
            found = await connection.run_sync(_compare, expected)
            missing += [f"plugin {plugin}: {line}" for line in found.missing]
            outcomes.append(Adoption(plugin, "adopted", plan.adopts, tuple(found.notes)))
        if missing:
            raise AdoptionError(
                f"this is not the schema that Dify {DIFY_API_VERSION} makes:\n"
                + "\n".join(f"- {line}" for line in missing),
                hint="bring the database up with Dify's own migrations first; nothing was changed",
            )
        for outcome in outcomes:
            if outcome.outcome == "adopted" and outcome.revision is not None and not dry_run:
                versions = migrator.plans[outcome.plugin].versions
                await connection.run_sync(stamp, outcome.plugin, versions, outcome.revision)
        return outcomes


def _expected(plugin: str, plan: Migrations, revision: str) -> Mapping[str, list[str]]:
    """The columns by table that the plugin's migrations make up to `revision`, found by making them in memory."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection, plugin, plan.versions, revision)
            inspector = inspect(connection)
            tables = sorted(set(inspector.get_table_names()) - {version_table(plugin)})
            return {table: [column["name"] for column in inspector.get_columns(table)] for table in tables}
    finally:
        engine.dispose()


def _compare(connection: Connection, expected: Mapping[str, list[str]]) -> _Findings:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    findings = _Findings()
    for table, columns in expected.items():
        if table not in there:
            findings.missing.append(f"table {table} is missing")
            continue
        actual = {column["name"]: column for column in inspector.get_columns(table)}
        findings.missing += [f"column {table}.{name} is missing" for name in columns if name not in actual]
        for name in sorted(actual.keys() - set(columns)):
            column = actual[name]
            if column["nullable"] or column["default"] is not None:
                findings.notes.append(f"column {table}.{name} is not used")
            else:
                findings.missing.append(f"column {table}.{name} must be filled, and nobody would fill it")
    return findings
