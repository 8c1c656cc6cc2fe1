"""Rows of tasks whose run has ended: for good, or until the next attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, null, select, update

from dify_database import utc_now
from dify_runtime_sdk.tasks import TaskState

from ..clock import Clock
from ..tables import TASKS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. With `again` the task runs once more in so many seconds, else it is kept for `keep` seconds.

    `deliveries` is what the count of runs that ended with their worker becomes.
    """

    id: str
    state: TaskState
    result: str | None = None
    error: str | None = None
    again: float | None = None
    keep: float = 0.0
    deliveries: int = 0


async def end(session: "AsyncSession", clock: Clock, runs: Sequence[Ended], *, holder: str) -> None:
    """Write how runs ended; of one that is no longer ours nothing is written."""
    statement = (
        update(TASKS)
        .where(TASKS.c.id == bindparam("task"), TASKS.c.holder == bindparam("whose"))
        .values(
            state=bindparam("new_state"),
            due_at=clock.after_parameter("due_in"),
            announced_until=clock.after_parameter("due_in"),
            holder=null(),
            deliveries=bindparam("new_deliveries"),
            finished_at=bindparam("new_finished_at"),
            expires_at=bindparam("new_expires_at"),
            result=bindparam("new_result"),
            error=bindparam("new_error"),
        )
    )
    await session.execute(statement, [_values(run, clock, holder) for run in runs])


def _values(run: Ended, clock: Clock, holder: str) -> dict[str, Any]:
    now = utc_now()
    final = run.again is None
    return {
        "task": run.id,
        "whose": holder,
        "new_state": run.state,
        "due_in": clock.value(run.again),
        "new_deliveries": run.deliveries,
        "new_finished_at": now if final else None,
        "new_expires_at": now + timedelta(seconds=run.keep) if final else None,
        "new_result": run.result,
        "new_error": run.error,
    }


async def forget_expired(session: "AsyncSession", limit: int) -> int:
    """Delete tasks whose time is over; returns how many."""
    old = select(TASKS.c.id).where(TASKS.c.expires_at <= utc_now()).limit(limit).scalar_subquery()
    found = await session.execute(delete(TASKS).where(TASKS.c.id.in_(old)).returning(TASKS.c.id))
    return len(found.all())
