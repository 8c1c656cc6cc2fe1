"""The service `DefaultModels`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from dify_database import Database
from dify_runtime_sdk.models import ModelId, ModelType

from ..domain.providers import Providers
from ..tables import TENANT_DEFAULT_MODELS
from .access import Access, needs_credentials
from .memory import Memories, Memory
from .stored import stored_type, type_names, type_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class DefaultModelService:
    """Which model serves where nobody names one; satisfies `DefaultModels`."""

    def __init__(self, providers: Providers, access: Access, database: Database, memories: Memories) -> None:
        self._providers = providers
        self._access = access
        self._database = database
        self._memories = memories
        self._read = memories.keep(Memory[Mapping[ModelType, ModelId]]())

    async def get(self, model_type: ModelType, *, tenant_id: str = "") -> ModelId | None:
        """The tenant's default, else the first model that can be used."""
        chosen = (await self.chosen(tenant_id)).get(model_type)
        return chosen if chosen is not None else await self._first(model_type, tenant_id)

    async def chosen(self, tenant_id: str) -> Mapping[ModelType, ModelId]:
        """The defaults that the workspace chose."""
        if not tenant_id:
            return {}

        async def read() -> Mapping[ModelType, ModelId]:
            return _defaults(await self._database.read(lambda session: _rows(session, tenant_id)))

        return await self._read.get(tenant_id, "", read)

    async def choose(self, model_type: ModelType, model: ModelId, *, tenant_id: str) -> None:
        """Make a model the default of its type; raises `ModelNotFoundError`."""
        await self._access.schema(model, model_type, tenant_id)
        name = self._providers.get(model.provider).description.name
        table = TENANT_DEFAULT_MODELS
        former = delete(table).where(table.c.tenant_id == tenant_id, table.c.model_type.in_(type_names(model_type)))
        new = insert(table).values(
            tenant_id=tenant_id, provider_name=name, model_name=model.name, model_type=stored_type(model_type)
        )

        async def unit(session: "AsyncSession") -> None:
            await session.execute(former)
            await session.execute(new)

        await self._database.write(unit)
        await self._memories.changed(tenant_id)

    async def _first(self, model_type: ModelType, tenant_id: str) -> ModelId | None:
        # what needs no credentials is there anyway: what somebody gave credentials for comes first
        for provider in sorted(self._providers.all(), key=lambda one: not needs_credentials(one)):
            description = provider.description
            if model_type not in description.types:
                continue
            stored = await self._access.stored(provider, tenant_id)
            own = [name for (kind, name), one in stored.models.items() if kind is model_type and one.credential]
            if own:
                return ModelId(description.name, own[0])
            known = [one.name for one in description.models if one.type is model_type and not one.deprecated]
            if known and await self._access.usable(provider, tenant_id):
                return ModelId(description.name, known[0])
        return None


async def _rows(session: "AsyncSession", tenant_id: str) -> Sequence[Any]:
    table = TENANT_DEFAULT_MODELS
    return (await session.execute(select(table).where(table.c.tenant_id == tenant_id))).all()


def _defaults(rows: Sequence[Any]) -> dict[ModelType, ModelId]:
    found = {}
    for row in rows:
        kind = type_of(row.model_type)
        if kind is not None:
            found[kind] = ModelId(row.provider_name, row.model_name)
    return found
