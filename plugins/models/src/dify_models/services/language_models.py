"""The service `LanguageModels`."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.model_providers import FileSource, GeneratesText, Generation, ModelProvider
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    LanguageModelSchema,
    Message,
    ModelCall,
    ModelError,
    ModelId,
    ModelType,
    ModelUsage,
)

from ..domain.parameters import checked
from ..domain.prices import priced
from .access import Access, Way
from .attempts import Attempting
from .counting import TokenCounter


class LanguageModelService:
    """Language models of every provider; satisfies `LanguageModels`."""

    def __init__(
        self,
        access: Access,
        attempting: Attempting,
        counter: TokenCounter,
        files: FileSource,
        interceptors: Interceptors,
    ) -> None:
        self._access = access
        self._attempting = attempting
        self._counter = counter
        self._files = files
        self._interceptors = interceptors

    async def schema(self, model: ModelId, *, tenant_id: str = "") -> LanguageModelSchema:
        """What is known of a model."""
        known = await self._access.schema(model, ModelType.LLM, tenant_id)
        return LanguageModelSchema(
            model=model,
            mode=known.mode,
            features=known.features,
            context_size=known.context_size,
            max_tokens=known.max_tokens,
        )

    def invoke(self, request: LanguageModelRequest) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes."""
        return self._interceptors.stream(ModelCall(request), self._generate)

    async def count_tokens(self, model: ModelId, messages: Sequence[Message], *, tenant_id: str = "") -> int:
        """How many tokens the prompt has, counted offline."""
        return await self._counter.messages(messages)

    async def _generate(self, call: ModelCall) -> AsyncIterator[LanguageModelChunk]:
        request = call.request
        attempts = await self._attempting.begin(request.model, ModelType.LLM, request.tenant_id)
        while True:
            way = attempts.way
            answer = _Answer(self._generation(attempts.provider, way, request))
            try:
                async with aclosing(answer.pieces()) as pieces:
                    async for piece in pieces:
                        yield piece
                break
            except ModelError as error:
                if answer.begun is not None:
                    await attempts.note(error)
                    raise
                await attempts.failed(error)
        yield await self._last(answer, way, request)

    def _generation(
        self, provider: ModelProvider, way: Way, request: LanguageModelRequest
    ) -> AsyncIterator[LanguageModelChunk]:
        schema = way.access.schema
        parameters = request.parameters if schema is None else checked(request.parameters, schema, way.access)
        sent = replace(request, parameters=parameters)
        return cast("GeneratesText", provider).generate(Generation(access=way.access, request=sent, files=self._files))

    async def _last(self, answer: "_Answer", way: Way, request: LanguageModelRequest) -> LanguageModelChunk:
        usage = answer.usage
        latency = time.perf_counter() - answer.started
        if usage is None:
            usage = ModelUsage(
                prompt_tokens=await self._counter.messages(request.messages),
                completion_tokens=await self._counter.texts(answer.texts),
            )
        pricing = way.access.schema.pricing if way.access.schema else None
        return LanguageModelChunk(
            usage=priced(usage, pricing, latency=latency, first=answer.begun),
            finish_reason=answer.finish_reason or "stop",
        )


@dataclass(slots=True)
class _Answer:
    """One attempt's answer: passes pieces on, and keeps what the last piece is made of."""

    source: AsyncIterator[LanguageModelChunk]
    started: float = field(default_factory=time.perf_counter)
    begun: float | None = None
    """Seconds until the first piece, None before it."""
    texts: list[str] = field(default_factory=list)
    usage: ModelUsage | None = None
    finish_reason: str | None = None

    async def pieces(self) -> AsyncGenerator[LanguageModelChunk]:
        """The pieces that show something; usage and finish reason are kept for the last one."""
        async with aclosing(cast("AsyncGenerator[LanguageModelChunk]", self.source)) as source:
            async for chunk in source:
                if chunk.usage is not None:
                    self.usage = chunk.usage
                if chunk.finish_reason is not None:
                    self.finish_reason = chunk.finish_reason
                if not (chunk.text or chunk.tool_calls or chunk.files):
                    continue
                if self.begun is None:
                    self.begun = time.perf_counter() - self.started
                self.texts.append(chunk.text)
                whole = chunk.usage is None and chunk.finish_reason is None
                yield chunk if whole else replace(chunk, usage=None, finish_reason=None)
