"""The tables of runs that go on, wait or ended lately, of their journals and forms; Dify has none like them."""

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
    # the process that runs it, and until when nobody else may; null while it waits, and once it has ended
    Column("holder", String(255)),
    Column("held_until", UtcTime),
    # what another process needs to go on with it; null: it can only be ended
    Column("stored", LongText),
    # what readers get that come after the end; of a run that waits or has waited, what was told up to then
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

# what people are asked by runs that wait; the id is that of the node's execution
RUNTIME_FORMS: Final = Table(
    "runtime_forms",
    METADATA,
    Column("id", StringUUID, primary_key=True),
    Column("token", String(64)),
    Column("run_id", StringUUID, nullable=False),
    Column("app_id", StringUUID, nullable=False),
    Column("tenant_id", StringUUID, nullable=False),
    Column("node_id", String(255), nullable=False),
    # the form as it was told: a JSON object
    Column("form", LongText, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    # a JSON object: the action and the inputs, or that nobody was in time
    Column("answer", LongText),
    Column("answered_at", UtcTime),
    Index("runtime_forms_run_id_idx", "run_id"),
    Index("runtime_forms_token_idx", "token", unique=True),
    Index(
        "runtime_forms_open_idx",
        "expires_at",
        sqlite_where=text("answered_at IS NULL"),
        postgresql_where=text("answered_at IS NULL"),
    ),
)
