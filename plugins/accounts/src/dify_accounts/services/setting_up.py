"""The first workspace and its owner."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk import DIFY_API_VERSION
from dify_runtime_sdk.secrets import PasswordHash, Passwords, TenantSecrets

from ..api import AlreadySetUpError, Role, Tenant
from ..tables import ACCOUNTS, DIFY_SETUPS, TENANT_ACCOUNT_JOINS, TENANTS
from .passwords import check_email, check_strength

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class SetupService:
    """The service `Setup`."""

    def __init__(
        self, database: Database, passwords: Passwords, secrets: Callable[[], Awaitable[TenantSecrets]]
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._secrets = secrets

    async def done(self) -> bool:
        """Whether there is a workspace."""
        return await self._database.read(_has_tenant)

    async def create(self, *, email: str, name: str, password: str | None, language: str = "en-US") -> Tenant:
        """Make the owner and the first workspace."""
        check_email(email)
        if password is not None:
            check_strength(password)
        if await self.done():
            raise _refusal()
        stored = None if password is None else await self._passwords.hash(password)
        tenant_id = uuid4_text()
        key = await (await self._secrets()).create(tenant_id)  # looked up late: what makes keys takes long to import
        tenant = Tenant(id=tenant_id, name=f"{name}'s Workspace", public_key=key)
        try:
            await self._database.write(lambda session: _write(session, tenant, email, name, stored, language))
        except IntegrityError as error:  # two processes at once: the row of the set-up is there once
            raise _refusal() from error
        return tenant


async def _has_tenant(session: "AsyncSession") -> bool:
    return await session.scalar(select(TENANTS.c.id).limit(1)) is not None


async def _write(
    session: "AsyncSession", tenant: Tenant, email: str, name: str, password: PasswordHash | None, language: str
) -> None:
    if await _has_tenant(session):
        raise _refusal()
    account_id, now = uuid4_text(), utc_now()
    await session.execute(insert(DIFY_SETUPS).values(version=DIFY_API_VERSION, setup_at=now))
    await session.execute(
        insert(TENANTS).values(
            id=tenant.id, name=tenant.name, encrypt_public_key=tenant.public_key, created_at=now, updated_at=now
        )
    )
    await session.execute(
        insert(ACCOUNTS).values(
            id=account_id,
            name=name,
            email=email,
            password=None if password is None else password.digest,
            password_salt=None if password is None else password.salt,
            interface_language=language,
            interface_theme="light",
            timezone="UTC",
            status="active",
            initialized_at=now,
            last_active_at=now,
            created_at=now,
            updated_at=now,
        )
    )
    await session.execute(
        insert(TENANT_ACCOUNT_JOINS).values(
            tenant_id=tenant.id,
            account_id=account_id,
            current=True,
            role=Role.OWNER.value,
            created_at=now,
            updated_at=now,
        )
    )


def _refusal() -> AlreadySetUpError:
    return AlreadySetUpError("there is a workspace already", hint="`dify-runtime accounts list` shows who works in it")
