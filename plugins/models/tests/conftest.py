"""Runtimes with models on each database, a workspace in them, and a provider that does what a test says."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dify_accounts import Setup, Tenant
from dify_accounts.plugin import AccountsPlugin
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_database.testing.plugin import Migrated
from dify_egress.plugin import EgressPlugin
from dify_models.plugin import ModelsPlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.model_providers import Generation, ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import (
    CredentialField,
    ModelSchema,
    Option,
    ParameterRule,
    Pricing,
    ProviderDescription,
)
from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    Embeddings,
    EmbeddingUsage,
    ModerationRequest,
    Ranked,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    Voice,
)
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    Message,
    ModelCredentialsError,
    ModelId,
    ModelType,
)
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin

KEY = CredentialField(variable="key", label="Key", type="secret-input", required=True)
PLACE = CredentialField(variable="place", label="Place", options=(Option(value="here"), Option(value="there")))
SIZE = CredentialField(variable="size", label="Size", default="7")
DESCRIPTION = ProviderDescription(
    name="acme/probe/probe",
    label="Probe",
    aliases=("probing",),
    types=tuple(ModelType),
    provider_credentials=(KEY, PLACE),
    model_credentials=(KEY, SIZE),
    models=(
        ModelSchema(
            name="small",
            context_size=100,
            parameter_rules=(ParameterRule.of("temperature"), ParameterRule.of("max_tokens")),
            pricing=Pricing.per_million("0.15", "0.60"),
        ),
        ModelSchema(name="vectors", type=ModelType.TEXT_EMBEDDING, batch=2, pricing=Pricing.per_million("1")),
        ModelSchema(name="order", type=ModelType.RERANK),
        ModelSchema(name="judge", type=ModelType.MODERATION),
        ModelSchema(name="voice", type=ModelType.TTS, voices=(Voice("Ann", "ann"),), default_voice="ann"),
        ModelSchema(name="ear", type=ModelType.SPEECH_TO_TEXT),
    ),
)


@dataclass
class Probe:
    """A provider that answers what `plan` holds, call by call, the last one for ever; an error in it is raised."""

    description: ProviderDescription = DESCRIPTION
    plan: list[Any] = field(default_factory=lambda: ["hello"])
    calls: list[Any] = field(default_factory=list)
    given: Mapping[str, str] | None = None
    closed: int = 0

    def operator_credentials(self) -> Mapping[str, str] | None:
        return self.given

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        if model.startswith("no-"):
            return None
        return ModelSchema(name=model, type=model_type, context_size=int(credentials.get("size", 0)), customizable=True)

    async def validate(self, access: ModelAccess) -> None:
        self.calls.append(access)
        if access.credentials.get("key") == "bad":
            raise vendor_error(ModelCredentialsError, access, "Incorrect API key provided: bad")

    def _next(self, call: Any, access: ModelAccess) -> Any:
        self.calls.append(call)
        step = self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]
        if callable(step):
            step = step(access)
        if isinstance(step, Exception):
            raise step
        return step

    async def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        try:
            step = self._next(call, call.access)
            for chunk in [LanguageModelChunk(text=step)] if isinstance(step, str) else step:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            self.closed += 1

    async def embed(self, access: ModelAccess, request: EmbeddingRequest) -> Embeddings:
        vectors = self._next(request, access)
        if vectors == "hello":
            vectors = [[float(len(text))] for text in request.texts]
        return Embeddings(vectors=vectors, usage=EmbeddingUsage(total_tokens=len(request.texts) * 10))

    async def rerank(self, access: ModelAccess, request: RerankRequest) -> Sequence[Ranked]:
        self._next(request, access)
        return [Ranked(index=place, score=place / 10) for place in range(len(request.documents) + 1)]

    async def flagged(self, access: ModelAccess, request: ModerationRequest) -> bool:
        self._next(request, access)
        return "bad" in request.text

    async def speak(self, access: ModelAccess, request: SpeechRequest) -> AsyncIterator[bytes]:
        self._next(request, access)
        yield request.voice.encode()

    async def transcribe(self, access: ModelAccess, request: TranscriptionRequest) -> str:
        self._next(request, access)
        return request.audio.decode()


@pytest.fixture
def probe() -> Probe:
    """The provider `acme/probe/probe`."""
    return Probe()


@pytest.fixture
def plugins(probe: Probe) -> dict[str, type[Plugin]]:
    """What models need, models, and the probe."""

    class ProbePlugin(Plugin):
        requires = ("models",)

        @hookimpl
        def model_providers(self) -> list[Probe]:
            return [probe]

    return {
        "database": DatabasePlugin,
        "migrations": MigrationsPlugin,
        "cache": CachePlugin,
        "cache-local": CacheLocalPlugin,
        "storage": StoragePlugin,
        "storage-local": StorageLocalPlugin,
        "secrets": SecretsPlugin,
        "egress": EgressPlugin,
        "accounts": AccountsPlugin,
        "models": ModelsPlugin,
        "probe": ProbePlugin,
    }


@pytest.fixture
async def booted(runtime: Any, plugins: dict[str, type[Plugin]], database: dict[str, Any], migrated: Migrated) -> Any:
    """A runtime that uses several credentials in turn."""
    settings = {"MIGRATION_ENABLED": True, "MODEL_LB_ENABLED": True, **database}
    return await runtime(plugins, roles=("job",), settings=await migrated(plugins, settings))


@pytest.fixture
def database() -> dict[str, Any]:
    """The settings of the embedded database; modules whose subject is in the database replace it by both kinds."""
    return {}


@pytest.fixture
async def tenant(booted: Any) -> Tenant:
    """A workspace."""
    setup = await booted.services.get(Setup)
    return await setup.create(email="ann@example.com", name="Ann", password=None)


@pytest.fixture
def request_of(tenant: Tenant) -> Callable[..., LanguageModelRequest]:
    """Make requests of the workspace."""

    def request_of(model: str = "small", provider: str = "probe", **more: Any) -> LanguageModelRequest:
        messages = [Message(role="user", content="Say hello, please.")]
        return LanguageModelRequest(
            model=ModelId(provider, model), tenant_id=tenant.id, **({"messages": messages} | more)
        )

    return request_of
