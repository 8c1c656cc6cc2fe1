"""Single statements, and times as answers show them."""

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable, Select

from dify_database import Database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def rows_of(database: Database, query: Select[Any]) -> Sequence[Any]:
    """All rows of a query."""

    async def unit(session: "AsyncSession") -> Sequence[Any]:
        rows: Sequence[Any] = (await session.execute(query)).all()
        return rows

    return await database.read(unit)


async def row_of(database: Database, query: Select[Any]) -> Any:
    """The first row of a query, None when there is none."""

    async def unit(session: "AsyncSession") -> Any:
        return (await session.execute(query)).first()

    return await database.read(unit)


async def write(database: Database, *statements: Executable) -> None:
    """Statements in one transaction."""

    async def unit(session: "AsyncSession") -> None:
        for statement in statements:
            await session.execute(statement)

    await database.write(unit)


def seconds(moment: datetime) -> int:
    """A naive UTC time as Unix seconds."""
    return calendar.timegm(moment.timetuple())


def seconds_or_none(moment: datetime | None) -> int | None:
    """A naive UTC time as Unix seconds, None for none."""
    return None if moment is None else seconds(moment)


def naive_utc(moment: datetime) -> datetime:
    """A time as columns have it; one without a zone is UTC."""
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # within hours of the first or the last moment there is
        return moment.replace(tzinfo=None)
