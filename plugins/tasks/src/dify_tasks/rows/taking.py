"""Rows that somebody runs: taken, kept, given back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, null, select, union_all, update

from dify_runtime_sdk.tasks import Parcel

from ..clock import Clock
from ..tables import TASKS
from .matching import among

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that this process runs until its lease ends."""

    id: str
    name: str
    queue: str
    arguments: str = field(repr=False)
    attempt: int
    deliveries: int
    cancelling: bool


async def due(session: "AsyncSession", clock: Clock, queues: Sequence[str], limit: int) -> list[Parcel]:
    """Tasks that may be begun now, those of earlier queues first."""
    if not queues:
        return []
    now = clock.now()
    each = [
        select(TASKS.c.id, TASKS.c.queue)
        .where(TASKS.c.queue == queue, TASKS.c.due_at <= now)
        .order_by(TASKS.c.due_at)
        .limit(limit)
        .subquery()
        for queue in queues
    ]
    found = await session.execute(union_all(*(select(one.c.id, one.c.queue) for one in each)))
    rank = {queue: place for place, queue in enumerate(queues)}
    parcels = [Parcel(row.id, row.queue) for row in found]
    return sorted(parcels, key=lambda parcel: rank[parcel.queue])[:limit]


async def take(
    session: "AsyncSession", clock: Clock, ids: Sequence[str], *, holder: str, lease: float
) -> dict[str, Taken]:
    """Take those of `ids` that may be begun now."""
    statement = (
        update(TASKS)
        .where(among(clock.dialect, ids), TASKS.c.due_at <= clock.now())
        .values(
            state="running",
            holder=holder,
            due_at=clock.after(lease),
            announced_until=null(),
            attempt=TASKS.c.attempt + 1,
            deliveries=TASKS.c.deliveries + 1,
            started_at=clock.now(),
        )
        .returning(
            TASKS.c.id,
            TASKS.c.name,
            TASKS.c.queue,
            TASKS.c.arguments,
            TASKS.c.attempt,
            TASKS.c.deliveries,
            TASKS.c.cancelling,
        )
    )
    found = await session.execute(statement)
    return {row.id: Taken(**row._mapping) for row in found}  # noqa: SLF001 - SQLAlchemy's public name for it


async def keep(
    session: "AsyncSession", clock: Clock, ids: Sequence[str], *, holder: str, lease: float
) -> dict[str, bool]:
    """Renew leases; returns those that are still ours, each with whether it is to be cancelled."""
    statement = (
        update(TASKS)
        .where(among(clock.dialect, ids), TASKS.c.holder == holder, TASKS.c.state == "running")
        .values(due_at=clock.after(lease))
        .returning(TASKS.c.id, TASKS.c.cancelling)
    )
    return {row.id: row.cancelling for row in await session.execute(statement)}


async def give_back(session: "AsyncSession", clock: Clock, *, holder: str) -> None:
    """Let others begin what `holder` holds; these runs do not count."""
    await session.execute(
        update(TASKS)
        .where(TASKS.c.holder == holder, TASKS.c.state == "running")
        .values(
            state="queued",
            holder=null(),
            due_at=clock.now(),
            announced_until=null(),
            attempt=TASKS.c.attempt - 1,
            deliveries=TASKS.c.deliveries - 1,
        )
    )


def _unannounced(clock: Clock) -> ColumnElement[bool]:
    now = clock.now()
    return and_(TASKS.c.due_at <= now, TASKS.c.announced_until.is_(None) | (TASKS.c.announced_until <= now))


async def any_unannounced(session: "AsyncSession", clock: Clock) -> bool:
    """Whether there is something for a relay."""
    found = await session.execute(select(TASKS.c.id).where(_unannounced(clock)).limit(1))
    return found.first() is not None


async def unannounced(session: "AsyncSession", clock: Clock, *, again: float, limit: int) -> list[Parcel]:
    """Tasks that are due and that no broker was told of lately; from now on it was, for `again` seconds."""
    waiting = select(TASKS.c.id).where(_unannounced(clock)).limit(limit).with_for_update(skip_locked=True)
    found = await session.execute(
        update(TASKS)
        .where(TASKS.c.id.in_(waiting.scalar_subquery()))
        .values(announced_until=clock.after(again))
        .returning(TASKS.c.id, TASKS.c.queue)
    )
    return [Parcel(row.id, row.queue) for row in found]


async def announce_again(session: "AsyncSession", clock: Clock, parcels: Sequence[Parcel]) -> None:
    """Take back that a broker was told of these."""
    ids = [parcel.id for parcel in parcels]
    await session.execute(update(TASKS).where(among(clock.dialect, ids)).values(announced_until=null()))
