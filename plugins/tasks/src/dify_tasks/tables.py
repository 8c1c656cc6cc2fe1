"""The tables: tasks, and when schedules were due last."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table

from dify_database.tables import new_metadata
from dify_database.types import LongText, UtcTime

METADATA: Final[MetaData] = new_metadata()

TASKS: Final = Table(
    "runtime_tasks",
    METADATA,
    Column("id", String(255), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("queue", String(255), nullable=False),
    Column("arguments", LongText, nullable=False),
    Column("state", String(20), nullable=False),
    # when it may be begun: by anybody if it is queued, by others if it runs; null once it has ended
    Column("due_at", UtcTime),
    # until when no relay need look at it
    Column("announced_until", UtcTime),
    Column("attempt", Integer, nullable=False, default=0),
    # runs in a row that ended with their worker
    Column("deliveries", Integer, nullable=False, default=0),
    Column("holder", String(255)),
    Column("cancelling", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("expires_at", UtcTime),
    Column("progress", LongText),
    Column("result", LongText),
    Column("error", LongText),
)
Index(
    "runtime_tasks_due_idx",
    TASKS.c.queue,
    TASKS.c.due_at,
    sqlite_where=TASKS.c.due_at.is_not(None),
    postgresql_where=TASKS.c.due_at.is_not(None),
)
Index(
    "runtime_tasks_expires_idx",
    TASKS.c.expires_at,
    sqlite_where=TASKS.c.expires_at.is_not(None),
    postgresql_where=TASKS.c.expires_at.is_not(None),
)

SCHEDULES: Final = Table(
    "runtime_schedules",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("last_due", UtcTime, nullable=False),
)
