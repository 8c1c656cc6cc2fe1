"""Workspaces."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from dify_database import Database

from ..api import Account, Tenant
from ..tables import ACCOUNTS, TENANT_ACCOUNT_JOINS, TENANTS
from .rows import ACCOUNT_COLUMNS, TENANT_COLUMNS, account, is_active_owner, tenant

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class TenantService:
    """The service `Tenants`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, tenant_id: str) -> Tenant | None:
        """The workspace."""
        return await self._one(select(*TENANT_COLUMNS).where(TENANTS.c.id == tenant_id))

    async def default(self) -> Tenant | None:
        """The oldest workspace."""
        return await self._one(select(*TENANT_COLUMNS).order_by(TENANTS.c.created_at, TENANTS.c.id).limit(1))

    async def owner(self, tenant_id: str) -> Account | None:
        """The active owner."""
        query = (
            select(*ACCOUNT_COLUMNS)
            .join(TENANT_ACCOUNT_JOINS, TENANT_ACCOUNT_JOINS.c.account_id == ACCOUNTS.c.id)
            .where(TENANT_ACCOUNT_JOINS.c.tenant_id == tenant_id, is_active_owner())
            .limit(1)
        )
        row = await self._row(query)
        return None if row is None else account(row)

    async def _one(self, query: Select[Any]) -> Tenant | None:
        row = await self._row(query)
        return None if row is None else tenant(row)

    async def _row(self, query: Select[Any]) -> Any:
        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query)).first()

        return await self._database.read(unit)
