"""Accounts in workspaces."""

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from dify_database import Database, utc_now, uuid4_text

from ..api import Account, AccountsError, Member, Role
from ..tables import ACCOUNTS, TENANT_ACCOUNT_JOINS
from .rows import ACCOUNT_COLUMNS, account

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_JOINS = TENANT_ACCOUNT_JOINS


class MemberService:
    """The service `Members`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, tenant_id: str) -> list[Member]:
        """The members, in the order in which they joined."""
        query = (
            select(*ACCOUNT_COLUMNS, _JOINS.c.role)
            .join(_JOINS, _JOINS.c.account_id == ACCOUNTS.c.id)
            .where(_JOINS.c.tenant_id == tenant_id)
            .order_by(_JOINS.c.created_at, _JOINS.c.id)
        )

        async def unit(session: "AsyncSession") -> list[Member]:
            rows = await session.execute(query)
            return [Member(account=account(row), role=Role(row.role)) for row in rows]

        return await self._database.read(unit)

    async def role(self, tenant_id: str, account_id: str) -> Role | None:
        """The role of an account, None when it is no member."""

        async def unit(session: "AsyncSession") -> Role | None:
            return await _role(session, tenant_id, account_id)

        return await self._database.read(unit)

    async def add(self, tenant_id: str, *, email: str, name: str, role: Role) -> Member:
        """Take somebody in."""
        if role is Role.OWNER:
            raise AccountsError("a workspace has one owner", hint="add the member with another role, then hand it over")

        async def unit(session: "AsyncSession") -> Member:
            person = await _person(session, email, name)
            if await _role(session, tenant_id, person.id) is not None:
                raise AccountsError(f"{email} is a member already", hint="change the role instead")
            now = utc_now()  # the database's own clock counts seconds in SQLite: too few to order by
            joined = {"tenant_id": tenant_id, "account_id": person.id, "role": role.value}
            await session.execute(insert(_JOINS).values(**joined, created_at=now, updated_at=now))
            return Member(account=person, role=role)

        return await self._database.write(unit)

    async def set_role(self, tenant_id: str, account_id: str, role: Role) -> None:
        """Change a role; a new owner makes the old one an admin."""

        async def unit(session: "AsyncSession") -> None:
            present = await _member_role(session, tenant_id, account_id)
            if present is Role.OWNER and role is not Role.OWNER:
                raise AccountsError("a workspace needs its owner", hint="make somebody else the owner first")
            if role is Role.OWNER:
                former = update(_JOINS).where(_JOINS.c.tenant_id == tenant_id, _JOINS.c.role == Role.OWNER.value)
                await session.execute(former.values(role=Role.ADMIN.value))
            member = update(_JOINS).where(_JOINS.c.tenant_id == tenant_id, _JOINS.c.account_id == account_id)
            await session.execute(member.values(role=role.value))

        await self._database.write(unit)

    async def remove(self, tenant_id: str, account_id: str) -> None:
        """Take somebody out."""

        async def unit(session: "AsyncSession") -> None:
            if await _member_role(session, tenant_id, account_id) is Role.OWNER:
                raise AccountsError("a workspace needs its owner", hint="make somebody else the owner first")
            gone = delete(_JOINS).where(_JOINS.c.tenant_id == tenant_id, _JOINS.c.account_id == account_id)
            await session.execute(gone)

        await self._database.write(unit)


async def _role(session: "AsyncSession", tenant_id: str, account_id: str) -> Role | None:
    found = await session.scalar(
        select(_JOINS.c.role).where(_JOINS.c.tenant_id == tenant_id, _JOINS.c.account_id == account_id)
    )
    return None if found is None else Role(found)


async def _member_role(session: "AsyncSession", tenant_id: str, account_id: str) -> Role:
    role = await _role(session, tenant_id, account_id)
    if role is None:
        raise AccountsError("that account is no member of the workspace", hint="`accounts list` shows the members")
    return role


async def _person(session: "AsyncSession", email: str, name: str) -> Account:
    """The account of an address, made if there is none."""
    row = (await session.execute(select(*ACCOUNT_COLUMNS).where(func.lower(ACCOUNTS.c.email) == email.lower()))).first()
    if row is not None:
        return account(row)
    person = Account(id=uuid4_text(), name=name, email=email, status="pending")
    now = utc_now()
    await session.execute(
        insert(ACCOUNTS).values(
            id=person.id, name=name, email=email, status="pending", last_active_at=now, created_at=now, updated_at=now
        )
    )
    return person
