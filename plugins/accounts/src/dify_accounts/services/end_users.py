"""End users of apps."""

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, insert, select

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk.http import InvalidParam

from ..api import EndUser, EndUserType
from ..tables import END_USERS
from .rows import END_USER_COLUMNS, end_user

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

ANONYMOUS: Final = "DEFAULT-USER"
"""The session id of callers that name nobody."""

_LONGEST: Final = 255

type _Name = tuple[str, str, str, EndUserType]


class EndUserService:
    """The service `EndUsers`. Remembers those seen lately; a row never changes what it answers."""

    def __init__(self, database: Database, *, remembered: int = 10_000) -> None:
        self._database = database
        self._remembered = remembered
        self._seen: OrderedDict[_Name, EndUser] = OrderedDict()
        self._asking: dict[_Name, asyncio.Task[EndUser]] = {}

    async def resolve(
        self,
        *,
        tenant_id: str,
        app_id: str,
        session_id: str | None,
        type: EndUserType = EndUserType.SERVICE_API,  # noqa: A002 - the column's name
    ) -> EndUser:
        """The end user that the caller names, made on first sight; raises `InvalidParam` for no possible name."""
        name = (tenant_id, app_id, session_id or ANONYMOUS, type)
        seen = self._seen.get(name)
        if seen is not None:
            self._seen.move_to_end(name)
            return seen
        _check(name[2])
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._find_or_make(name))
            asking.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(asking)  # one caller that goes away does not take the answer from the others

    async def get(self, end_user_id: str, *, tenant_id: str) -> EndUser | None:
        """The end user by id."""
        query = select(*END_USER_COLUMNS).where(END_USERS.c.id == end_user_id, END_USERS.c.tenant_id == tenant_id)

        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query)).first()

        row = await self._database.read(unit)
        return None if row is None else end_user(row)

    async def _find_or_make(self, name: _Name) -> EndUser:
        async def look(session: "AsyncSession") -> EndUser | None:
            return await _find(session, name)

        found = await self._database.read(look)
        if found is None:
            found = await self._database.write(lambda session: _make(session, name, self._database.dialect))
        self._seen[name] = found
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return found


def _check(session_id: str) -> None:
    """Raises `InvalidParam` for a name that the column does not take."""
    if len(session_id) > _LONGEST:
        raise InvalidParam(f"user must have at most {_LONGEST} characters")
    if "\x00" in session_id or any("\ud800" <= character <= "\udfff" for character in session_id):
        raise InvalidParam("user cannot contain NUL or lone surrogates")


async def _find(session: "AsyncSession", name: _Name) -> EndUser | None:
    tenant_id, app_id, session_id, kind = name
    preferred = case((END_USERS.c.type == kind.value, 0), else_=1)
    query = (
        select(*END_USER_COLUMNS)
        .where(END_USERS.c.tenant_id == tenant_id, END_USERS.c.app_id == app_id, END_USERS.c.session_id == session_id)
        .order_by(preferred, END_USERS.c.created_at)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else end_user(row)


async def _make(session: "AsyncSession", name: _Name, dialect: str) -> EndUser:
    if dialect == "postgresql":  # the table has no unique index: one process at a time makes that row
        key = func.hashtextextended("|".join(name), 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))
    found = await _find(session, name)
    if found is not None:
        return found
    tenant_id, app_id, session_id, kind = name
    now = utc_now()
    made = EndUser(
        id=uuid4_text(),
        tenant_id=tenant_id,
        app_id=app_id,
        type=kind,
        session_id=session_id,
        external_user_id=session_id,
        name=None,
        is_anonymous=session_id == ANONYMOUS,
        created_at=now,
        updated_at=now,
    )
    values = {column.name: getattr(made, column.name) for column in END_USER_COLUMNS} | {"type": kind.value}
    await session.execute(insert(END_USERS).values(**values))
    return made
