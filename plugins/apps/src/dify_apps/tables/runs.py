"""The tables of runs that go on or ended lately, and of their journals; ours, Dify has none like them."""

from typing import Final

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, text

from dify_database.types import LongText, StringUUID, UtcTime

from .metadata import METADATA

RUNTIME_RUNS: Final = Table(
    "runtime_runs",
    METADATA,
    Column("task_id", StringUUID, primary_key=True),
    # the workflow run, or the message in the modes without one
    Column("run_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("tenant_id", StringUUID, nullable=False),
    Column("mode", String(255), nullable=False),
    # the process that runs it, and until when nobody else may; null once it has ended
    Column("holder", String(255)),
    Column("held_until", UtcTime),
    # what another process needs to go on with it; null: it can only be ended
    Column("stored", LongText),
    # what readers get that come after the end
    Column("events", LongText),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Index("runtime_runs_run_id_idx", "run_id"),
    Index(
        "runtime_runs_held_until_idx",
        "held_until",
        sqlite_where=text("held_until IS NOT NULL"),
        postgresql_where=text("held_until IS NOT NULL"),
    ),
    Index(
        "runtime_runs_ended_at_idx",
        "ended_at",
        sqlite_where=text("ended_at IS NOT NULL"),
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
)

RUNTIME_RUN_JOURNALS: Final = Table(
    "runtime_run_journals",
    METADATA,
    Column("run_id", StringUUID, nullable=False),
    Column("part", Integer, nullable=False),
    # a JSON array of entries
    Column("entries", LongText, nullable=False),
    PrimaryKeyConstraint("run_id", "part", name="runtime_run_journals_pkey"),
)
