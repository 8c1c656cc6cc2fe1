"""From a model's name to the ways of reaching it: provider, credentials, schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dify_database import Database
from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.model_providers import ModelAccess, ModelProvider
from dify_runtime_sdk.model_schemas import ModelSchema
from dify_runtime_sdk.models import (
    ModelCredentialsError,
    ModelCredentialsMissingError,
    ModelId,
    ModelNotAllowedError,
    ModelNotFoundError,
    ModelType,
)
from dify_runtime_sdk.secrets import DecryptionError, TenantSecrets

from ..domain.providers import Providers
from .memory import Memories, Memory
from .stored import Stored, StoredCredential, StoredModel, StoredProvider, of_provider, read_stored


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided for all workspaces."""

    balancing: bool = False
    trust_workspaces: bool = False
    operator_credentials: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a model; `id` is that of the credentials, empty for the operator's."""

    id: str
    access: ModelAccess


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways to a model, in the order in which they are configured."""

    provider: ModelProvider
    ways: Sequence[Way]


class Access:
    """Finds providers and the credentials of workspaces; at most one statement, remembered for seconds."""

    def __init__(
        self, providers: Providers, database: Database, secrets: TenantSecrets, memories: Memories, policy: Policy
    ) -> None:
        self._providers = providers
        self._database = database
        self._secrets = secrets
        self._policy = policy
        self._stored = memories.keep(Memory[Stored]())
        self._opened = memories.keep(Memory[Mapping[str, str]]())

    async def ways(self, model: ModelId, model_type: ModelType, tenant_id: str) -> Ways:
        """How to reach a model.

        Raises `ModelNotFoundError`, `ModelCredentialsMissingError` and `ModelCredentialsError`.
        """
        provider = self._providers.get(model.provider)
        if model_type not in provider.description.types:
            raise ModelNotFoundError(f"{provider.description.short_name} has no models of the type {model_type.value}")
        stored = await self.stored(provider, tenant_id)
        entry = stored.models.get((model_type, model.name), StoredModel())
        if not entry.enabled:
            raise ModelNotAllowedError(
                f"the model {model.name} of {provider.description.short_name} is switched off in this workspace"
            )
        found = [
            Way(one.id, self._access(provider, model.name, model_type, await self._open(one, provider, tenant_id)))
            for one in self._chosen(stored, entry)
        ]
        return Ways(provider, found or [self._without(provider, model.name, model_type)])

    async def schema(self, model: ModelId, model_type: ModelType, tenant_id: str) -> ModelSchema:
        """What is known of a model; raises `ModelNotFoundError`."""
        provider = self._providers.get(model.provider)
        known = provider.description.model(model.name, model_type)
        if known is not None:
            return known
        try:
            ways = await self.ways(model, model_type, tenant_id)
        except ModelCredentialsError:
            return _schema(provider, model.name, model_type, {})
        return _schema(provider, model.name, model_type, ways.ways[0].access.credentials)

    async def stored(self, provider: ModelProvider, tenant_id: str) -> StoredProvider:
        """What a workspace has stored of a provider."""
        if not tenant_id:
            return StoredProvider()

        async def read() -> Stored:
            return await read_stored(self._database, tenant_id)

        return of_provider(await self._stored.get(tenant_id, "", read), provider.description.names)

    async def usable(self, provider: ModelProvider, tenant_id: str) -> bool:
        """Whether a workspace has credentials for all models of a provider, or needs none."""
        if (await self.stored(provider, tenant_id)).credential is not None:
            return True
        return self._shared(provider) is not None

    def proposed(
        self, provider: ModelProvider, credentials: Mapping[str, str], model: str, model_type: ModelType
    ) -> ModelAccess:
        """The way with credentials that are not stored yet, to be validated."""
        return ModelAccess(
            provider=provider.description,
            model=model,
            type=model_type,
            credentials=credentials,
            trusted=self._policy.trust_workspaces,
            schema=provider.schema(model_type, model, credentials) if model else None,
            limits=self._policy.limits,
        )

    def _chosen(self, stored: StoredProvider, entry: StoredModel) -> list[StoredCredential]:
        own = entry.credential or stored.credential
        if entry.balanced and self._policy.balancing:
            pool = [own if one.config is None else one for one in entry.pool]
            found = [one for one in pool if one is not None]
            if found:
                return found
        return [own] if own is not None else []

    def _without(self, provider: ModelProvider, model: str, model_type: ModelType) -> Way:
        """The way with the operator's credentials, or with none where none are needed."""
        given = self._shared(provider)
        if given is None:
            name = provider.description.short_name
            raise ModelCredentialsMissingError(
                f"[{name}] Model provider credentials is not initialized.",
                hint=f"`dify-runtime models add {name}` adds them",
            )
        return Way("", replace(self._access(provider, model, model_type, given), trusted=True))

    def _shared(self, provider: ModelProvider) -> Mapping[str, str] | None:
        given = provider.operator_credentials() if self._policy.operator_credentials else None
        if given is not None:
            return given
        return None if needs_credentials(provider) else {}

    def _access(
        self, provider: ModelProvider, model: str, model_type: ModelType, credentials: Mapping[str, str]
    ) -> ModelAccess:
        return ModelAccess(
            provider=provider.description,
            model=model,
            type=model_type,
            credentials=credentials,
            trusted=self._policy.trust_workspaces,
            schema=_schema(provider, model, model_type, credentials),
            limits=self._policy.limits,
        )

    async def _open(self, one: StoredCredential, provider: ModelProvider, tenant_id: str) -> Mapping[str, str]:
        """The credentials with their secrets readable."""
        config = one.config or {}

        async def read() -> Mapping[str, str]:
            secret = secret_names(provider)
            sealed = {name: value for name, value in config.items() if name in secret and value}
            try:
                return {**config, **await self._secrets.decrypt_many(tenant_id, sealed)}
            except DecryptionError as error:
                raise ModelCredentialsMissingError(
                    f"[{provider.description.short_name}] the stored credentials {one.name!r} cannot be read",
                    hint="add them again: they were encrypted with a key that is gone",
                ) from error

        return await self._opened.get(tenant_id, one.id, read)


def needs_credentials(provider: ModelProvider) -> bool:
    """Whether a provider asks for any credentials."""
    description = provider.description
    return bool(description.provider_credentials or description.model_credentials)


def secret_names(provider: ModelProvider) -> frozenset[str]:
    """The fields of a provider's forms that are encrypted."""
    description = provider.description
    forms = (*description.provider_credentials, *description.model_credentials)
    return frozenset(one.variable for one in forms if one.secret)


def _schema(provider: ModelProvider, model: str, model_type: ModelType, credentials: Mapping[str, Any]) -> ModelSchema:
    known = provider.description.model(model, model_type) or provider.schema(model_type, model, credentials)
    if known is None:
        name = provider.description.short_name
        raise ModelNotFoundError(f"{name} has no {model_type.value} model {model!r}")
    return known
