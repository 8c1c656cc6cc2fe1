"""The statements behind the set-up of models; each names the tenant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from dify_database import utc_now, uuid4_text, uuid7_text
from dify_runtime_sdk.models import ModelType

from ..tables import (
    LOAD_BALANCING_MODEL_CONFIGS,
    PROVIDER_CREDENTIALS,
    PROVIDER_MODEL_CREDENTIALS,
    PROVIDER_MODEL_SETTINGS,
    PROVIDER_MODELS,
    PROVIDERS,
)
from .stored import stored_type, type_names

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncSession


class Scope:
    """A provider of a workspace, or one model of it; makes the conditions of the statements."""

    def __init__(
        self, tenant_id: str, names: Sequence[str], model: str | None = None, model_type: ModelType = ModelType.LLM
    ) -> None:
        """`names` are all that rows may call the provider; the first is written."""
        self.tenant_id = tenant_id
        self.names = names
        self.model = model
        self.model_type = model_type

    @property
    def credentials(self) -> "Table":
        """Where the credentials are."""
        return PROVIDER_CREDENTIALS if self.model is None else PROVIDER_MODEL_CREDENTIALS

    @property
    def owners(self) -> "Table":
        """Where it says which of them are used."""
        return PROVIDERS if self.model is None else PROVIDER_MODELS

    def of(self, table: "Table") -> ColumnElement[bool]:
        """Rows of a table that belong here."""
        mine = and_(table.c.tenant_id == self.tenant_id, table.c.provider_name.in_(self.names))
        if table is PROVIDERS:
            return and_(mine, table.c.provider_type == "custom")
        if self.model is None:
            return mine
        return and_(mine, table.c.model_name == self.model, table.c.model_type.in_(type_names(self.model_type)))

    def values(self) -> dict[str, Any]:
        """The columns of a new row that say where it belongs."""
        found = {"tenant_id": self.tenant_id, "provider_name": self.names[0]}
        if self.model is not None:
            found |= {"model_name": self.model, "model_type": stored_type(self.model_type)}
        return found


async def add_credential(session: "AsyncSession", scope: Scope, name: str, config: str) -> str:
    """Store credentials, and use them if none are used yet; returns their id."""
    identifier = uuid7_text()
    await session.execute(
        insert(scope.credentials).values(id=identifier, credential_name=name, encrypted_config=config, **scope.values())
    )
    used = select(scope.owners.c.credential_id).where(scope.of(scope.owners))
    if await session.scalar(used) is None:
        await use_credential(session, scope, identifier)
    return identifier


async def use_credential(session: "AsyncSession", scope: Scope, credential_id: str | None) -> None:
    """Say which credentials are used; None for no longer any."""
    changes = {"credential_id": credential_id, "is_valid": credential_id is not None, "updated_at": utc_now()}
    owner = await session.scalar(select(scope.owners.c.id).where(scope.of(scope.owners)).limit(1))
    if owner is not None:
        await session.execute(update(scope.owners).where(scope.owners.c.id == owner).values(**changes))
        return
    more = {"provider_type": "custom"} if scope.model is None else {}
    await session.execute(insert(scope.owners).values(**scope.values(), **changes, **more))


async def find_credential(session: "AsyncSession", tenant_id: str, credential_id: str) -> Any:
    """The row of credentials of a provider or a model; None when there is none."""
    for table in (PROVIDER_CREDENTIALS, PROVIDER_MODEL_CREDENTIALS):
        query = select(table).where(table.c.id == credential_id, table.c.tenant_id == tenant_id)
        row = (await session.execute(query)).first()
        if row is not None:
            return row
    return None


async def remove_credential(session: "AsyncSession", scope: Scope, credential_id: str) -> None:
    """Delete credentials, and use the oldest of those that are left."""
    table = scope.credentials
    await session.execute(delete(table).where(table.c.id == credential_id, table.c.tenant_id == scope.tenant_id))
    balanced = LOAD_BALANCING_MODEL_CONFIGS
    await session.execute(
        delete(balanced).where(balanced.c.credential_id == credential_id, balanced.c.tenant_id == scope.tenant_id)
    )
    used = await session.scalar(select(scope.owners.c.credential_id).where(scope.of(scope.owners)))
    if used != credential_id:
        return
    other = await session.scalar(select(table.c.id).where(scope.of(table)).order_by(table.c.created_at).limit(1))
    await use_credential(session, scope, other)


async def list_credentials(session: "AsyncSession", scope: Scope) -> tuple[Sequence[Any], Sequence[Any], set[str]]:
    """The credentials of the provider, those of its models, and the ids of those that are used."""
    found = []
    for table in (PROVIDER_CREDENTIALS, PROVIDER_MODEL_CREDENTIALS):
        query = select(table).where(scope.of(table)).order_by(table.c.created_at, table.c.id)
        found.append((await session.execute(query)).all())
    used: set[str] = set()
    for table in (PROVIDERS, PROVIDER_MODELS):
        used.update(one for one in await session.scalars(select(table.c.credential_id).where(scope.of(table))) if one)
    return found[0], found[1], used


async def change_settings(session: "AsyncSession", scope: Scope, **changes: bool) -> None:
    """Change the switches of a model."""
    table = PROVIDER_MODEL_SETTINGS
    known = await session.scalar(select(table.c.id).where(scope.of(table)).limit(1))
    if known is not None:
        await session.execute(update(table).where(table.c.id == known).values(**changes, updated_at=utc_now()))
    else:
        await session.execute(insert(table).values(**scope.values(), **changes))


async def replace_pool(session: "AsyncSession", scope: Scope, credentials: Sequence[Any]) -> None:
    """Say which credentials of a model are used in turn: rows of credentials of its provider or of itself."""
    table = LOAD_BALANCING_MODEL_CONFIGS
    await session.execute(delete(table).where(scope.of(table)))
    for row in credentials:
        await session.execute(
            insert(table).values(
                id=uuid4_text(),
                name=row.credential_name,
                credential_id=row.id,
                credential_source_type="custom_model" if hasattr(row, "model_name") else "provider",
                enabled=True,
                **scope.values(),
            )
        )
