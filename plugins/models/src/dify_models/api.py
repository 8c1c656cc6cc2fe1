"""The service `ModelProviders`: which providers there are, and what a workspace has set up of them.

Calling models is in the SDK: `LanguageModels`, `TextEmbeddings`, `Reranking`, `ModerationModels`, `SpeechModels`,
`TranscriptionModels`, `DefaultModels`. Ids are UUID texts. Every look-up names the tenant: a row of another tenant is
not found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.model_schemas import ModelSchema, ProviderDescription
from dify_runtime_sdk.models import ModelId, ModelType


class ModelSetupError(DifyRuntimeError):
    """What was asked of the set-up of models cannot be done; says why."""

    code = "model_setup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Credentials of a workspace, with their secrets masked; `model` None when they serve the whole provider."""

    id: str
    provider: str
    name: str
    values: Mapping[str, str] = field(repr=False)
    active: bool = False
    model: str | None = None
    type: ModelType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableModel:
    """A model that a workspace could use. `usable`: there are credentials, and it is not switched off."""

    id: ModelId
    schema: ModelSchema
    enabled: bool = True
    usable: bool = True
    balanced: bool = False


class ModelProviders(Protocol):
    """Providers, credentials and switches."""

    def all(self) -> Sequence[ProviderDescription]:
        """Every provider that a plugin serves."""
        ...

    def get(self, name: str) -> ProviderDescription:
        """A provider by its full or bare name; raises `ModelNotFoundError`."""
        ...

    async def models(self, tenant_id: str, model_type: ModelType | None = None) -> Sequence[AvailableModel]:
        """The predefined models and the workspace's own."""
        ...

    async def credentials(self, tenant_id: str, provider: str) -> Sequence[Credential]:
        """What the workspace has, the oldest first."""
        ...

    async def validate(
        self,
        tenant_id: str,
        provider: str,
        values: Mapping[str, str],
        *,
        model: str | None = None,
        model_type: ModelType = ModelType.LLM,
    ) -> None:
        """Return when the provider takes the credentials; raises `ModelSetupError` or `ModelError`."""
        ...

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
        """Keep credentials, encrypted, and use them from now on if there were none; returns their id.

        With a `model` they are that model's. Raises what `validate` raises.
        """
        ...

    async def activate(self, tenant_id: str, credential_id: str) -> None:
        """Use these credentials from now on; raises `ModelSetupError` when there are none of that id."""
        ...

    async def remove(self, tenant_id: str, credential_id: str) -> bool:
        """Delete credentials; others of the same provider or model take their place. False when there are none."""
        ...

    async def set_enabled(self, tenant_id: str, model: ModelId, model_type: ModelType, *, enabled: bool) -> None:
        """Switch a model on or off for a workspace."""
        ...

    async def balance(
        self, tenant_id: str, model: ModelId, model_type: ModelType, credential_ids: Sequence[str]
    ) -> None:
        """Use these credentials of a model in turn; fewer than two end it. Raises `ModelSetupError`."""
        ...

    async def choose_default(self, tenant_id: str, model: ModelId, model_type: ModelType) -> None:
        """Make a model the default of its type; raises `ModelNotFoundError`."""
        ...
