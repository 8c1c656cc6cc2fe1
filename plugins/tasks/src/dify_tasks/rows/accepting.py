"""Rows of new tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from dify_database import utc_now

from ..clock import Clock
from ..tables import TASKS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_GRACE = 2.0
"""Seconds that whoever accepts a task has to announce it, before a relay does."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that is accepted; `unique` says that there may be one of this id."""

    id: str
    name: str
    queue: str
    arguments: str
    delay: float = 0.0
    unique: bool = True


async def accept(session: "AsyncSession", clock: Clock, tasks: Sequence[NewTask]) -> None:
    """Add rows. One whose id is there already stays as it is."""
    statement: Any = insert(TASKS)
    if not all(task.unique for task in tasks):
        dialect_insert = postgres_insert if clock.dialect == "postgresql" else sqlite_insert
        statement = dialect_insert(TASKS).on_conflict_do_nothing(index_elements=[TASKS.c.id])
    statement = statement.values(
        due_at=clock.after_parameter("due_in"), announced_until=clock.after_parameter("announced_in")
    )
    now = utc_now()
    rows = [
        {
            "id": task.id,
            "name": task.name,
            "queue": task.queue,
            "arguments": task.arguments,
            "state": "queued",
            "attempt": 0,
            "deliveries": 0,
            "cancelling": False,
            "created_at": now,
            "due_in": clock.value(task.delay),
            "announced_in": clock.value(task.delay + _GRACE if task.delay <= 0 else task.delay),
        }
        for task in tasks
    ]
    await session.execute(statement, rows)
