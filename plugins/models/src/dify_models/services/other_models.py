"""Embeddings, reranking, moderation and speech: the services besides `LanguageModels`."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Final, cast

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.model_providers import EmbedsText, Moderates, Reranks, Speaks, Transcribes, vendor_error
from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    Embeddings,
    ModerationRequest,
    Ranked,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    Voice,
)
from dify_runtime_sdk.models import ModelError, ModelId, ModelType, ModelUnavailableError

from ..domain.prices import priced_embedding
from .access import Access, Way
from .attempts import Attempting, Attempts
from .counting import TokenCounter

_BATCH: Final = 64
"""Texts of one call of an embedding model that does not say how many it takes."""


class EmbeddingService:
    """Satisfies `TextEmbeddings`."""

    def __init__(self, attempting: Attempting, counter: TokenCounter, interceptors: Interceptors) -> None:
        self._attempting = attempting
        self._counter = counter
        self._interceptors = interceptors

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """Embed texts."""
        return await self._interceptors.run(request, self._embed)

    async def _embed(self, request: EmbeddingRequest) -> Embeddings:
        if not request.texts:
            return Embeddings(vectors=())
        started = time.perf_counter()
        attempts = await self._attempting.begin(request.model, ModelType.TEXT_EMBEDDING, request.tenant_id)
        vectors: list[Sequence[float]] = []
        tokens = 0
        schema = attempts.way.access.schema
        batch = (schema.batch if schema else None) or _BATCH
        for first in range(0, len(request.texts), batch):
            part = replace(request, texts=request.texts[first : first + batch])
            found = await attempts.run(partial(_embed_batch, attempts, part))
            vectors += found.vectors
            tokens += found.usage.total_tokens or await self._counter.texts(part.texts)
        pricing = schema.pricing if schema else None
        return Embeddings(vectors=vectors, usage=priced_embedding(tokens, pricing, time.perf_counter() - started))


async def _embed_batch(attempts: Attempts, part: EmbeddingRequest, way: Way) -> Embeddings:
    found = await cast("EmbedsText", attempts.provider).embed(way.access, part)
    if len(found.vectors) != len(part.texts):
        detail = f"{len(found.vectors)} vectors for {len(part.texts)} texts"
        raise vendor_error(ModelUnavailableError, way.access, detail)
    return found


class RerankService:
    """Satisfies `Reranking`."""

    def __init__(self, attempting: Attempting, interceptors: Interceptors) -> None:
        self._attempting = attempting
        self._interceptors = interceptors

    async def rerank(self, request: RerankRequest) -> Sequence[Ranked]:
        """The documents that reach the threshold, the best first."""
        return await self._interceptors.run(request, self._rerank)

    async def _rerank(self, request: RerankRequest) -> Sequence[Ranked]:
        if not request.documents:
            return ()
        attempts = await self._attempting.begin(request.model, ModelType.RERANK, request.tenant_id)
        provider = cast("Reranks", attempts.provider)
        found = await attempts.run(lambda way: provider.rerank(way.access, request))
        least = request.score_threshold
        known = [one for one in found if 0 <= one.index < len(request.documents)]
        kept = [one for one in known if least is None or one.score >= least]
        return sorted(kept, key=lambda one: -one.score)[: request.limit]


class ModerationService:
    """Satisfies `ModerationModels`."""

    def __init__(self, attempting: Attempting, interceptors: Interceptors) -> None:
        self._attempting = attempting
        self._interceptors = interceptors

    async def flagged(self, request: ModerationRequest) -> bool:
        """Whether the text is objectionable."""
        return await self._interceptors.run(request, self._flagged)

    async def _flagged(self, request: ModerationRequest) -> bool:
        attempts = await self._attempting.begin(request.model, ModelType.MODERATION, request.tenant_id)
        provider = cast("Moderates", attempts.provider)
        return await attempts.run(lambda way: provider.flagged(way.access, request))


class TranscriptionService:
    """Satisfies `TranscriptionModels`."""

    def __init__(self, attempting: Attempting, interceptors: Interceptors) -> None:
        self._attempting = attempting
        self._interceptors = interceptors

    async def transcribe(self, request: TranscriptionRequest) -> str:
        """The words."""
        return await self._interceptors.run(request, self._transcribe)

    async def _transcribe(self, request: TranscriptionRequest) -> str:
        attempts = await self._attempting.begin(request.model, ModelType.SPEECH_TO_TEXT, request.tenant_id)
        provider = cast("Transcribes", attempts.provider)
        return await attempts.run(lambda way: provider.transcribe(way.access, request))


class SpeechService:
    """Satisfies `SpeechModels`."""

    def __init__(self, access: Access, attempting: Attempting, interceptors: Interceptors) -> None:
        self._access = access
        self._attempting = attempting
        self._interceptors = interceptors

    def speak(self, request: SpeechRequest) -> AsyncIterator[bytes]:
        """The sound, piece by piece."""
        return self._interceptors.stream(request, self._speak)

    async def voices(self, model: ModelId, *, language: str = "", tenant_id: str = "") -> Sequence[Voice]:
        """The voices of a model; those that this project knows speak every language."""
        return (await self._access.schema(model, ModelType.TTS, tenant_id)).voices

    async def _speak(self, request: SpeechRequest) -> AsyncIterator[bytes]:
        attempts = await self._attempting.begin(request.model, ModelType.TTS, request.tenant_id)
        begun = False
        while True:
            way = attempts.way
            pieces = cast("Speaks", attempts.provider).speak(way.access, _with_voice(request, way))
            try:
                async with aclosing(cast("AsyncGenerator[bytes]", pieces)) as sound:
                    async for piece in sound:
                        begun = True
                        yield piece
                return
            except ModelError as error:
                if begun:
                    raise
                await attempts.failed(error)


def _with_voice(request: SpeechRequest, way: Way) -> SpeechRequest:
    """The request with a voice that the model has."""
    schema = way.access.schema
    if schema is None or any(voice.value == request.voice for voice in schema.voices):
        return request
    return replace(request, voice=schema.default_voice or request.voice)
