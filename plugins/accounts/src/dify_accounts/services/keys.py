"""API keys of apps and of workspaces' datasets."""

import asyncio
import secrets
import string
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, and_, delete, func, insert, select

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk.cache import Cache, CacheError

from ..api import AccountsError, ApiKey, KeyType
from ..tables import ACCOUNTS, API_TOKENS, TENANT_ACCOUNT_JOINS, TENANTS
from .key_memory import KeyMemory
from .key_uses import KeyUses
from .rows import is_active_owner

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

REVOKED: Final = "accounts:keys:revoked"
"""The channel that tells other processes of a revoked key, by its id."""

_LIMIT: Final = 10
_LETTERS: Final = string.ascii_letters + string.digits
_PREFIXES: Final = {KeyType.APP: "app-", KeyType.DATASET: "dataset-"}
_MAX_LENGTH: Final = 255


class ApiKeyService:
    """The service `ApiKeys`."""

    def __init__(self, database: Database, cache: Cache, memory: KeyMemory, uses: KeyUses) -> None:
        self._database = database
        self._pubsub = cache.pubsub
        self._memory = memory
        self._uses = uses

    async def find(self, token: str) -> ApiKey | None:
        """The key, None when there is none; notes its use."""
        known, key = self._memory.get(token)
        if not known:
            key = await self._read(token)
            self._memory.put(token, key)
        if key is not None:
            self._uses.note(key.id)
        return key

    async def create(self, type: KeyType, *, tenant_id: str, app_id: str | None = None) -> ApiKey:  # noqa: A002 - the column's name
        """Make a key."""
        if (type is KeyType.APP) != (app_id is not None):
            raise AccountsError("a key is for one app, or for the datasets of a workspace")
        token = _PREFIXES[type] + "".join(secrets.choice(_LETTERS) for _ in range(24))
        key = ApiKey(id=uuid4_text(), type=type, token=token, tenant_id=tenant_id, app_id=app_id, created_at=utc_now())

        async def unit(session: "AsyncSession") -> None:
            count = await session.scalar(
                select(func.count()).select_from(API_TOKENS).where(_of(type, tenant_id, app_id))
            )
            if (count or 0) >= _LIMIT:
                raise AccountsError(f"there are {_LIMIT} keys already", hint="revoke one that nobody uses any more")
            await session.execute(
                insert(API_TOKENS).values(
                    id=key.id,
                    app_id=app_id,
                    tenant_id=tenant_id,
                    type=type.value,
                    token=token,
                    created_at=key.created_at,
                )
            )

        await self._database.write(unit)
        self._memory.forget(token)
        return key

    async def list(
        self,
        type: KeyType,  # noqa: A002 - the column's name
        *,
        tenant_id: str,
        app_id: str | None = None,
    ) -> list[ApiKey]:
        """The keys, newest first."""
        query = select(API_TOKENS).where(_of(type, tenant_id, app_id)).order_by(API_TOKENS.c.created_at.desc())

        async def unit(session: "AsyncSession") -> list[ApiKey]:
            return [_key(row) for row in await session.execute(query)]

        return await self._database.read(unit)

    async def revoke(self, key_id: str, *, tenant_id: str) -> bool:
        """Delete a key by its id."""

        async def unit(session: "AsyncSession") -> bool:
            gone = delete(API_TOKENS).where(API_TOKENS.c.id == key_id, API_TOKENS.c.tenant_id == tenant_id)
            return bool((await session.execute(gone.returning(API_TOKENS.c.id))).first())

        revoked = await self._database.write(unit)
        if revoked:
            self._memory.forget_id(key_id)
            await self._pubsub.publish(REVOKED, key_id.encode())
        return revoked

    async def _read(self, token: str) -> ApiKey | None:
        if len(token) > _MAX_LENGTH or "\x00" in token:  # no row has it, and Postgres takes no NUL
            return None
        owners = select(TENANT_ACCOUNT_JOINS.c.account_id).join(
            ACCOUNTS, ACCOUNTS.c.id == TENANT_ACCOUNT_JOINS.c.account_id
        )
        owner = owners.where(TENANT_ACCOUNT_JOINS.c.tenant_id == API_TOKENS.c.tenant_id, is_active_owner()).limit(1)
        query = (
            select(API_TOKENS, TENANTS.c.status.label("tenant_status"), owner.scalar_subquery().label("owner_id"))
            .join(TENANTS, TENANTS.c.id == API_TOKENS.c.tenant_id)
            .where(API_TOKENS.c.token == token)
            .limit(1)
        )

        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query)).first()

        row = await self._database.read(unit)
        return None if row is None else _key(row, tenant_status=row.tenant_status, owner_id=row.owner_id)


async def listen_for_revoked(cache: Cache, memory: KeyMemory) -> None:
    """Forget keys that other processes revoke, for ever; while the cache is away, the memory's seconds do it."""
    while True:
        try:
            async with cache.pubsub.subscribe(REVOKED) as messages:
                async for _, key_id in messages:
                    memory.forget_id(key_id.decode())
        except CacheError:
            await asyncio.sleep(1)


def _of(kind: KeyType, tenant_id: str, app_id: str | None) -> Any:
    owned = and_(API_TOKENS.c.type == kind.value, API_TOKENS.c.tenant_id == tenant_id)
    return owned if app_id is None else and_(owned, API_TOKENS.c.app_id == app_id)


def _key(row: Row[Any], **more: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        type=KeyType(row.type),
        token=row.token,
        tenant_id=row.tenant_id,
        app_id=row.app_id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        **more,
    )
