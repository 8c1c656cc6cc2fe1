"""The service `ModelProviders`."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dify_accounts import Tenants
from dify_database import Database
from dify_runtime_sdk.model_providers import ModelProvider
from dify_runtime_sdk.model_schemas import CredentialField, ProviderDescription
from dify_runtime_sdk.models import ModelId, ModelType
from dify_runtime_sdk.secrets import TenantSecrets

from ..api import AvailableModel, Credential, ModelSetupError
from ..domain.providers import Providers
from . import setup_rows as rows
from .access import Access, secret_names
from .available import available
from .defaults import DefaultModelService
from .masking import masked
from .memory import Memories
from .setup_rows import Scope
from .stored import type_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class ModelProviderService:
    """Providers, credentials and switches; satisfies `ModelProviders`."""

    def __init__(
        self,
        providers: Providers,
        access: Access,
        defaults: DefaultModelService,
        database: Database,
        secrets: TenantSecrets,
        tenants: Tenants,
        memories: Memories,
    ) -> None:
        self._providers = providers
        self._access = access
        self._defaults = defaults
        self._database = database
        self._secrets = secrets
        self._tenants = tenants
        self._memories = memories

    def all(self) -> Sequence[ProviderDescription]:
        """Every provider that a plugin serves."""
        return [provider.description for provider in self._providers.all()]

    def get(self, name: str) -> ProviderDescription:
        """A provider by its full or bare name."""
        return self._providers.get(name).description

    async def models(self, tenant_id: str, model_type: ModelType | None = None) -> Sequence[AvailableModel]:
        """The predefined models and the workspace's own."""
        found: list[AvailableModel] = []
        for provider in self._providers.all():
            found += available(
                provider, await self._access.stored(provider, tenant_id), await self._access.usable(provider, tenant_id)
            )
        return [one for one in found if model_type in (None, one.schema.type)]

    async def credentials(self, tenant_id: str, provider: str) -> Sequence[Credential]:
        """What the workspace has, the oldest first."""
        served = self._providers.get(provider)
        scope = Scope(tenant_id, served.description.names)
        shared, own, used = await self._database.read(lambda session: rows.list_credentials(session, scope))
        return [await self._shown(served, tenant_id, row, row.id in used) for row in (*shared, *own)]

    async def validate(
        self,
        tenant_id: str,
        provider: str,
        values: Mapping[str, str],
        *,
        model: str | None = None,
        model_type: ModelType = ModelType.LLM,
    ) -> None:
        """Return when the provider takes the credentials."""
        served = self._providers.get(provider)
        filled = _filled(_form(served.description, model), values)
        await served.validate(self._access.proposed(served, filled, model or "", model_type))

    async def add(
        self,
        tenant_id: str,
        provider: str,
        values: Mapping[str, str],
        *,
        name: str = "",
        model: str | None = None,
        model_type: ModelType = ModelType.LLM,
        validate: bool = True,
    ) -> str:
        """Keep credentials, encrypted."""
        served = self._providers.get(provider)
        filled = _filled(_form(served.description, model), values)
        if validate:
            await served.validate(self._access.proposed(served, filled, model or "", model_type))
        sealed = await self._sealed(served, tenant_id, filled)
        scope = Scope(tenant_id, served.description.names, model, model_type)
        label = name or f"{served.description.label} {model or ''}".strip()
        stored = json.dumps(sealed)
        identifier = await self._database.write(
            lambda session: rows.add_credential(session, scope, label[:255], stored)
        )
        await self._memories.changed(tenant_id)
        return identifier

    async def activate(self, tenant_id: str, credential_id: str) -> None:
        """Use these credentials from now on."""

        async def unit(session: "AsyncSession") -> bool:
            row = await rows.find_credential(session, tenant_id, credential_id)
            if row is not None:
                await rows.use_credential(session, self._scope_of(row), credential_id)
            return row is not None

        if not await self._database.write(unit):
            raise ModelSetupError(f"there are no credentials {credential_id}")
        await self._memories.changed(tenant_id)

    async def remove(self, tenant_id: str, credential_id: str) -> bool:
        """Delete credentials."""

        async def unit(session: "AsyncSession") -> bool:
            row = await rows.find_credential(session, tenant_id, credential_id)
            if row is not None:
                await rows.remove_credential(session, self._scope_of(row), credential_id)
            return row is not None

        removed = await self._database.write(unit)
        await self._memories.changed(tenant_id)
        return removed

    async def set_enabled(self, tenant_id: str, model: ModelId, model_type: ModelType, *, enabled: bool) -> None:
        """Switch a model on or off for a workspace."""
        scope = self._scope(tenant_id, model, model_type)
        await self._database.write(lambda session: rows.change_settings(session, scope, enabled=enabled))
        await self._memories.changed(tenant_id)

    async def balance(
        self, tenant_id: str, model: ModelId, model_type: ModelType, credential_ids: Sequence[str]
    ) -> None:
        """Use these credentials of a model in turn."""
        scope = self._scope(tenant_id, model, model_type)

        async def unit(session: "AsyncSession") -> str | None:
            found = []
            for one in credential_ids:
                row = await rows.find_credential(session, tenant_id, one)
                if row is None or row.provider_name not in scope.names:
                    return one
                found.append(row)
            await rows.replace_pool(session, scope, found)
            await rows.change_settings(session, scope, load_balancing_enabled=len(found) > 1)
            return None

        unknown = await self._database.write(unit)
        if unknown is not None:
            raise ModelSetupError(f"there are no credentials {unknown} of {scope.names[0]}")
        await self._memories.changed(tenant_id)

    async def choose_default(self, tenant_id: str, model: ModelId, model_type: ModelType) -> None:
        """Make a model the default of its type."""
        await self._defaults.choose(model_type, model, tenant_id=tenant_id)

    def _scope(self, tenant_id: str, model: ModelId, model_type: ModelType) -> Scope:
        return Scope(tenant_id, self.get(model.provider).names, model.name, model_type)

    def _scope_of(self, row: Any) -> Scope:
        """Where a row of credentials belongs; its provider's plugin may be gone."""
        known = next((one.names for one in self.all() if row.provider_name in one.names), (row.provider_name,))
        model = getattr(row, "model_name", None)
        kind = type_of(row.model_type) if model is not None else None
        return Scope(row.tenant_id, known, model, kind or ModelType.LLM)

    async def _sealed(self, provider: ModelProvider, tenant_id: str, values: Mapping[str, str]) -> dict[str, str]:
        tenant = await self._tenants.get(tenant_id)
        if tenant is None or tenant.public_key is None:
            raise ModelSetupError("the workspace has no key to encrypt credentials with")
        secret = secret_names(provider)
        key = tenant.public_key
        return {
            name: await self._secrets.encrypt(tenant_id, key, value) if name in secret and value else value
            for name, value in values.items()
        }

    async def _shown(self, provider: ModelProvider, tenant_id: str, row: Any, used: bool) -> Credential:
        config = json.loads(row.encrypted_config)
        secret = secret_names(provider)
        sealed = {name: value for name, value in config.items() if name in secret and value}
        opened = await self._secrets.decrypt_many(tenant_id, sealed)
        model = getattr(row, "model_name", None)
        return Credential(
            id=row.id,
            provider=provider.description.name,
            name=row.credential_name,
            values=config | {name: masked(value) for name, value in opened.items()},
            active=used,
            model=model,
            type=type_of(row.model_type) if model is not None else None,
        )


def _form(description: ProviderDescription, model: str | None) -> tuple[CredentialField, ...]:
    form = description.provider_credentials if model is None else description.model_credentials
    if form:
        return form
    whose = "all of its models" if model is None else "single models"
    other = "name the model they are for" if model is None and description.model_credentials else None
    raise ModelSetupError(f"{description.short_name} takes no credentials for {whose}", hint=other)


def _filled(form: Sequence[CredentialField], values: Mapping[str, str]) -> dict[str, str]:
    """The values of a form with its defaults; raises `ModelSetupError` naming the field that is wrong."""
    known = {one.variable for one in form}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ModelSetupError(f"there is no field {unknown[0]!r}", hint=f"fields: {', '.join(sorted(known))}")
    filled = {}
    for one in form:
        value = values.get(one.variable) or one.default or ""
        if one.required and not value:
            raise ModelSetupError(f"the field {one.variable!r} ({one.label}) is missing")
        choices = [option.value for option in one.options]
        if value and choices and value not in choices:
            raise ModelSetupError(f"the field {one.variable!r} is one of {', '.join(choices)}")
        if value:
            filled[one.variable] = value
    return filled
