"""One provider: its preset on the common wire format."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.model_providers import Generation, ModelAccess
from dify_runtime_sdk.model_schemas import ModelSchema, ProviderDescription
from dify_runtime_sdk.models import LanguageModelChunk, ModelType

from .presets import Preset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dify_runtime_sdk.model_http import ModelHttp
    from dify_runtime_sdk.model_uses import (
        EmbeddingRequest,
        Embeddings,
        ModerationRequest,
        Ranked,
        RerankRequest,
        SpeechRequest,
        TranscriptionRequest,
    )


class OpenAiCompatibleProvider:
    """Satisfies `ModelProvider` and the protocols of all types; orjson and httpx come with the first call."""

    def __init__(self, preset: Preset, runtime: Runtime, given: Mapping[str, str] | None = None) -> None:
        """`given` are the operator's credentials, if there are any."""
        self._preset = preset
        self._runtime = runtime
        self._given = given
        self._http: ModelHttp | None = None

    @property
    def description(self) -> ProviderDescription:
        """Names, forms, predefined models."""
        return self._preset.description

    def operator_credentials(self) -> Mapping[str, str] | None:
        """Credentials from settings."""
        return self._given

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """What the credentials say of a model."""
        from .custom import custom_schema

        return custom_schema(self._preset, model_type, model, credentials)

    async def validate(self, access: ModelAccess) -> None:
        """Ask for the list of models, or call the one model."""
        from .validation import validate

        await validate(await self._connect(), self._preset, access)

    def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes."""
        from .streaming import stream

        return stream(self._connect, self._preset, call)

    async def embed(self, access: ModelAccess, request: "EmbeddingRequest") -> "Embeddings":
        """Vectors."""
        from .operations import embed

        return await embed(await self._connect(), self._preset, access, request)

    async def rerank(self, access: ModelAccess, request: "RerankRequest") -> "Sequence[Ranked]":
        """Scores."""
        from .operations import rerank

        return await rerank(await self._connect(), self._preset, access, request)

    async def flagged(self, access: ModelAccess, request: "ModerationRequest") -> bool:
        """Whether the text is objectionable."""
        from .operations import flagged

        return await flagged(await self._connect(), self._preset, access, request)

    def speak(self, access: ModelAccess, request: "SpeechRequest") -> AsyncIterator[bytes]:
        """The sound."""
        from .operations import speak

        return speak(self._connect, self._preset, access, request)

    async def transcribe(self, access: ModelAccess, request: "TranscriptionRequest") -> str:
        """The words."""
        from .operations import transcribe

        return await transcribe(await self._connect(), self._preset, access, request)

    async def _connect(self) -> "ModelHttp":
        if self._http is None:
            from dify_runtime_sdk.model_http import ModelHttp

            self._http = ModelHttp(await self._runtime.services.get(Egress))
        return self._http
