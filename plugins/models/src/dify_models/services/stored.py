"""What a workspace has stored of one provider, in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, ColumnElement, String, Table, and_, cast, func, literal, null, select, union_all

from dify_database import Database
from dify_database.types import LongText
from dify_runtime_sdk.models import ModelType

from ..tables import (
    LOAD_BALANCING_MODEL_CONFIGS,
    PROVIDER_CREDENTIALS,
    PROVIDER_MODEL_CREDENTIALS,
    PROVIDER_MODEL_SETTINGS,
    PROVIDER_MODELS,
    PROVIDERS,
)

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

STORED_TYPES: Final[Mapping[ModelType, str]] = {
    ModelType.LLM: "text-generation",
    ModelType.TEXT_EMBEDDING: "embeddings",
    ModelType.RERANK: "reranking",
}
"""Types that Dify's rows call by an older name."""
_TYPES: Final = {name: kind for kind, name in STORED_TYPES.items()} | {kind.value: kind for kind in ModelType}


def stored_type(model_type: ModelType) -> str:
    """What rows call a type."""
    return STORED_TYPES.get(model_type, model_type.value)


def type_names(model_type: ModelType) -> tuple[str, ...]:
    """All that rows may call a type."""
    return tuple(name for name, kind in _TYPES.items() if kind is model_type)


def type_of(name: str) -> ModelType | None:
    """The type that a row means; None for one that we do not know."""
    return _TYPES.get(name)


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """Credentials as they are stored: secrets are still encrypted. `config` None stands for those of the provider."""

    id: str
    name: str
    config: Mapping[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model of a workspace: its own credentials, whether it may be used, and those to use in turn."""

    credential: StoredCredential | None = None
    enabled: bool = True
    balanced: bool = False
    pool: tuple[StoredCredential, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """What a workspace has stored of a provider."""

    credential: StoredCredential | None = None
    models: Mapping[tuple[ModelType, str], StoredModel] = field(default_factory=dict)


type Stored = Mapping[str, StoredProvider]
"""What a workspace has stored, by the providers' names as rows have them."""


def of_provider(stored: Stored, names: Sequence[str]) -> StoredProvider:
    """What is stored under any of the names of one provider; the earlier names win."""
    found = [stored[name] for name in names if name in stored]
    models = {key: one for provider in reversed(found) for key, one in provider.models.items()}
    return StoredProvider(next((one.credential for one in found if one.credential), None), models)


async def read_stored(database: Database, tenant_id: str) -> Stored:
    """Everything that a workspace has stored; one statement."""
    query = union_all(*(part(tenant_id) for part in (_provider, _models, _settings, _pool)))

    async def unit(session: "AsyncSession") -> Sequence[Any]:
        return (await session.execute(query)).all()

    return _assembled(await database.read(unit))


def _assembled(rows: Sequence[Any]) -> Stored:
    owned: dict[str, StoredCredential] = {}
    models: dict[str, dict[tuple[ModelType, str], StoredModel]] = {}
    for row in sorted(rows, key=lambda one: (one.kind, str(one.id))):
        kind, credential = type_of(row.model_type), _credential(row)
        if row.kind == "provider" and credential is not None:
            owned[row.provider] = credential
        elif kind is not None:
            known = models.setdefault(row.provider, {})
            key = (kind, row.model_name)
            known[key] = _with(known.get(key, StoredModel()), row)
    return {name: StoredProvider(owned.get(name), models.get(name, {})) for name in {*owned, *models}}


def _with(model: StoredModel, row: Any) -> StoredModel:
    match row.kind:
        case "model":
            return replace(model, credential=_credential(row))
        case "pool":
            # one without a configuration of its own stands for the provider's
            one = _credential(row) or StoredCredential(row.id, row.name, None)
            return replace(model, pool=(*model.pool, one))
    return replace(model, enabled=row.on, balanced=row.balanced)


def _credential(row: Any) -> StoredCredential | None:
    if not row.config:
        return None
    try:
        config = json.loads(row.config)
    except ValueError:
        return None
    if not isinstance(config, dict):
        return None
    given = {name: value for name, value in config.items() if value is not None}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    return StoredCredential(row.id, row.name, texts)


def _provider(tenant_id: str) -> "Select[Any]":
    given = PROVIDER_CREDENTIALS
    joined = and_(given.c.id == PROVIDERS.c.credential_id, given.c.tenant_id == tenant_id)
    return (
        _part("provider", PROVIDERS, given.c.id, given.c.credential_name, given.c.encrypted_config)
        .select_from(PROVIDERS.join(given, joined))
        .where(PROVIDERS.c.tenant_id == tenant_id, PROVIDERS.c.provider_type == "custom")
    )


def _models(tenant_id: str) -> "Select[Any]":
    model, given = PROVIDER_MODELS, PROVIDER_MODEL_CREDENTIALS
    joined = and_(given.c.id == model.c.credential_id, given.c.tenant_id == tenant_id)
    return (
        _part("model", model, given.c.id, given.c.credential_name, given.c.encrypted_config)
        .select_from(model.join(given, joined))
        .where(model.c.tenant_id == tenant_id)
    )


def _settings(tenant_id: str) -> "Select[Any]":
    table = PROVIDER_MODEL_SETTINGS
    switches = (table.c.enabled, table.c.load_balancing_enabled)
    return _part("settings", table, table.c.id, literal("", String), null(), switches).where(
        table.c.tenant_id == tenant_id
    )


def _pool(tenant_id: str) -> "Select[Any]":
    table, shared, own = LOAD_BALANCING_MODEL_CONFIGS, PROVIDER_CREDENTIALS, PROVIDER_MODEL_CREDENTIALS
    from_provider = and_(shared.c.id == table.c.credential_id, shared.c.tenant_id == tenant_id)
    from_model = and_(own.c.id == table.c.credential_id, own.c.tenant_id == tenant_id)
    config = func.coalesce(table.c.encrypted_config, shared.c.encrypted_config, own.c.encrypted_config)
    return (
        _part("pool", table, table.c.id, table.c.name, config)
        .select_from(table.outerjoin(shared, from_provider).outerjoin(own, from_model))
        .where(table.c.tenant_id == tenant_id, table.c.enabled)
    )


def _part(
    kind: str,
    owner: Table,
    identifier: ColumnElement[Any],
    name: ColumnElement[Any],
    config: ColumnElement[Any],
    switches: tuple[ColumnElement[Any], ColumnElement[Any]] | None = None,
) -> "Select[Any]":
    """A part of the union: every one has these columns, in this order."""
    enabled, balanced = switches or (literal(True, Boolean), literal(False, Boolean))
    nothing = literal("", String)
    return select(
        literal(kind, String).label("kind"),
        owner.c.provider_name.label("provider"),
        owner.c.get("model_type", nothing).label("model_type"),
        owner.c.get("model_name", nothing).label("model_name"),
        identifier.label("id"),
        name.label("name"),
        cast(config, LongText).label("config"),
        enabled.label("on"),
        balanced.label("balanced"),
    )
