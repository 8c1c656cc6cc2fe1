"""What makes the plugin's services, each at its first look-up; SQLAlchemy comes with them."""

from typing import TYPE_CHECKING

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.secrets import TenantSecrets

from .parts import Parts
from .settings import ModelsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .domain.providers import Providers
    from .services.access import Policy
    from .services.defaults import DefaultModelService
    from .services.language_models import LanguageModelService
    from .services.other_models import (
        EmbeddingService,
        ModerationService,
        RerankService,
        SpeechService,
        TranscriptionService,
    )
    from .services.setting_up import ModelProviderService


class Factories:
    """Makes the services of one runtime around the providers of all plugins."""

    def __init__(self, providers: "Providers") -> None:
        self._providers = providers

    async def parts(self, runtime: Runtime) -> "AsyncIterator[Parts]":
        """What the services share."""
        from .services.access import Access
        from .services.attempts import Attempting, Patience
        from .services.balancing import Balancer
        from .services.counting import TokenCounter
        from .services.files import PromptFiles
        from .services.memory import Memories

        get, settings = runtime.services.get, runtime.settings(ModelsSettings)
        cache = await get(Cache)
        memories = Memories(cache)
        access = Access(
            self._providers, await get(Database), await get(TenantSecrets), memories, _policy(runtime, settings)
        )
        patience = Patience(retries=settings.MODEL_MAX_RETRIES, seconds=settings.MODEL_RETRY_TIME)
        runtime.spawn(memories.listen(), name="listen for changed models")
        yield Parts(
            access=access,
            attempting=Attempting(access, Balancer(cache), patience),
            counter=TokenCounter(settings.MODEL_TOKEN_COUNTING),
            files=PromptFiles(runtime.services, settings.MULTIMODAL_SEND_FORMAT, settings.MODEL_MAX_RESPONSE_BYTES),
            memories=memories,
        )

    async def language_models(self, runtime: Runtime) -> "LanguageModelService":
        """The service `LanguageModels`."""
        from .services.language_models import LanguageModelService

        parts = await _parts(runtime)
        return LanguageModelService(parts.access, parts.attempting, parts.counter, parts.files, runtime.interceptors)

    async def embeddings(self, runtime: Runtime) -> "EmbeddingService":
        """The service `TextEmbeddings`."""
        from .services.other_models import EmbeddingService

        parts = await _parts(runtime)
        return EmbeddingService(parts.attempting, parts.counter, runtime.interceptors)

    async def reranking(self, runtime: Runtime) -> "RerankService":
        """The service `Reranking`."""
        from .services.other_models import RerankService

        return RerankService((await _parts(runtime)).attempting, runtime.interceptors)

    async def moderation(self, runtime: Runtime) -> "ModerationService":
        """The service `ModerationModels`."""
        from .services.other_models import ModerationService

        return ModerationService((await _parts(runtime)).attempting, runtime.interceptors)

    async def speech(self, runtime: Runtime) -> "SpeechService":
        """The service `SpeechModels`."""
        from .services.other_models import SpeechService

        parts = await _parts(runtime)
        return SpeechService(parts.access, parts.attempting, runtime.interceptors)

    async def transcription(self, runtime: Runtime) -> "TranscriptionService":
        """The service `TranscriptionModels`."""
        from .services.other_models import TranscriptionService

        return TranscriptionService((await _parts(runtime)).attempting, runtime.interceptors)

    async def defaults(self, runtime: Runtime) -> "DefaultModelService":
        """The service `DefaultModels`."""
        from .services.defaults import DefaultModelService

        parts = await _parts(runtime)
        return DefaultModelService(self._providers, parts.access, await runtime.services.get(Database), parts.memories)

    async def model_providers(self, runtime: Runtime) -> "ModelProviderService":
        """The service `ModelProviders`."""
        from dify_accounts import Tenants
        from dify_runtime_sdk.model_uses import DefaultModels

        from .services.defaults import DefaultModelService
        from .services.setting_up import ModelProviderService

        get, parts = runtime.services.get, await _parts(runtime)
        defaults = await get(DefaultModels)
        assert isinstance(defaults, DefaultModelService)  # noqa: S101 - this plugin's own
        return ModelProviderService(
            self._providers,
            parts.access,
            defaults,
            await get(Database),
            await get(TenantSecrets),
            await get(Tenants),
            parts.memories,
        )


async def _parts(runtime: Runtime) -> Parts:
    return await runtime.services.get(Parts)


def _policy(runtime: Runtime, settings: ModelsSettings) -> "Policy":
    from .services.access import Policy

    trust, shared = settings.MODEL_TRUST_WORKSPACE_URLS, settings.MODEL_OPERATOR_CREDENTIALS
    return Policy(
        balancing=settings.MODEL_LB_ENABLED,
        trust_workspaces=runtime.embedded if trust is None else trust,
        operator_credentials=runtime.embedded if shared is None else shared,
        limits=Limits(
            connect=settings.MODEL_CONNECT_TIMEOUT,
            read=settings.MODEL_READ_TIMEOUT,
            response_bytes=settings.MODEL_MAX_RESPONSE_BYTES,
            retries=0,
        ),
    )
