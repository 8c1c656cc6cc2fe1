"""Rows of tasks whose run has ended: for good, or until the next attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Interval, Update, bindparam, delete, null, select, update

from dify_database import utc_now
from dify_runtime_sdk.tasks import TaskState

from ..clock import Clock
from ..tables import TASKS
from .matching import rows_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


_WRITTEN: Final = ("state", "deliveries", "finished_at", "expires_at", "result", "error")
"""The columns whose values come as they are."""


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
    if clock.dialect == "postgresql":
        await session.execute(_end_all(clock, runs, holder))
    else:
        await session.execute(_end_each(clock, holder), [_values(run, clock) for run in runs])


def _end_each(clock: Clock, holder: str) -> Update:
    """For one run; executed with the values of many."""
    given: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
    due = clock.after_parameter("due_in")
    return (
        update(TASKS)
        .where(TASKS.c.id == bindparam("task"), TASKS.c.holder == holder)
        .values(**given, due_at=due, announced_until=due, holder=null())
    )


def _end_all(clock: Clock, runs: Sequence[Ended], holder: str) -> Update:
    """For all runs at once: one message to the server, not one for each."""
    values = [_values(run, clock) for run in runs]
    kinds = {"task": TASKS.c.id.type, "due_in": Interval(), **{f"new_{name}": TASKS.c[name].type for name in _WRITTEN}}
    table = rows_of({name: (kind, [one[name] for one in values]) for name, kind in kinds.items()})
    due = clock.now() + table.c.due_in
    return (
        update(TASKS)
        .where(TASKS.c.id == table.c.task, TASKS.c.holder == holder)
        .values(**{name: table.c[f"new_{name}"] for name in _WRITTEN}, due_at=due, announced_until=due, holder=null())
    )


def _values(run: Ended, clock: Clock) -> dict[str, Any]:
    now = utc_now()
    final = run.again is None
    return {
        "task": run.id,
        "due_in": clock.value(run.again),
        "new_state": run.state,
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
