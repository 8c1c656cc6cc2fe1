"""What others ask and order of rows: status, cancel, retry, purge."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, null, select, update

from dify_database import utc_now
from dify_runtime_sdk.tasks import TaskState, TaskStatus

from ..clock import Clock
from ..tables import TASKS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_ENDED = ("succeeded", "failed", "cancelled")
_SHOWN = (
    TASKS.c.id,
    TASKS.c.name,
    TASKS.c.queue,
    TASKS.c.state,
    TASKS.c.attempt,
    TASKS.c.created_at,
    TASKS.c.due_at,
    TASKS.c.started_at,
    TASKS.c.finished_at,
    TASKS.c.progress,
    TASKS.c.result,
    TASKS.c.error,
)


async def status(session: "AsyncSession", task_id: str) -> TaskStatus | None:
    """One task."""
    alive = TASKS.c.expires_at.is_(None) | (TASKS.c.expires_at > utc_now())
    row = (await session.execute(select(*_SHOWN).where(TASKS.c.id == task_id, alive))).one_or_none()
    return None if row is None else _shown(row)


async def find(session: "AsyncSession", *, state: TaskState | None, queue: str | None, limit: int) -> list[TaskStatus]:
    """The newest tasks."""
    statement = select(*_SHOWN).order_by(TASKS.c.created_at.desc(), TASKS.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(TASKS.c.state == state)
    if queue is not None:
        statement = statement.where(TASKS.c.queue == queue)
    return [_shown(row) for row in await session.execute(statement)]


def _shown(row: Any) -> TaskStatus:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    for name in ("progress", "result"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return TaskStatus(**values)


async def write_progress(session: "AsyncSession", task_id: str, holder: str, value: str) -> None:
    """Note how far a run is, if it is still ours."""
    await session.execute(update(TASKS).where(TASKS.c.id == task_id, TASKS.c.holder == holder).values(progress=value))


async def cancel(session: "AsyncSession", task_id: str, keep: float) -> TaskState | None:
    """Cancel a task that waits, or ask whoever runs it to; returns which it was, None if neither."""
    now = utc_now()
    found = await session.execute(
        update(TASKS)
        .where(TASKS.c.id == task_id, TASKS.c.state == "queued")
        .values(state="cancelled", due_at=null(), finished_at=now, expires_at=now + timedelta(seconds=keep))
        .returning(TASKS.c.id)
    )
    if found.one_or_none() is not None:
        return "queued"
    found = await session.execute(
        update(TASKS)
        .where(TASKS.c.id == task_id, TASKS.c.state == "running")
        .values(cancelling=True)
        .returning(TASKS.c.id)
    )
    return None if found.one_or_none() is None else "running"


async def retry(session: "AsyncSession", clock: Clock, task_id: str) -> str | None:
    """Queue a task that failed or was cancelled; returns its queue, None if it did not."""
    found = await session.execute(
        update(TASKS)
        .where(TASKS.c.id == task_id, TASKS.c.state.in_(("failed", "cancelled")))
        .values(
            state="queued",
            due_at=clock.now(),
            announced_until=null(),
            attempt=0,
            deliveries=0,
            cancelling=False,
            finished_at=null(),
            expires_at=null(),
            error=null(),
        )
        .returning(TASKS.c.queue)
    )
    retried: str | None = found.scalar_one_or_none()
    return retried


async def purge(session: "AsyncSession", *, state: TaskState | None, queue: str | None) -> int:
    """Delete tasks that do not run."""
    statement = delete(TASKS).where(TASKS.c.state == state if state else TASKS.c.state.in_(_ENDED))
    statement = statement.where(TASKS.c.state != "running")
    if queue is not None:
        statement = statement.where(TASKS.c.queue == queue)
    wanted = select(func.count()).select_from(TASKS).where(statement.whereclause)  # type: ignore[arg-type]  # it has one
    count = (await session.execute(wanted)).scalar_one()
    await session.execute(statement)
    return int(count)
