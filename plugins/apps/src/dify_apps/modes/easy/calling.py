"""Calls of the app's model."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from dify_runtime_sdk import Services
from dify_runtime_sdk.models import (
    FilePart,
    FunctionTool,
    LanguageModelChunk,
    LanguageModelRequest,
    LanguageModels,
    LanguageModelSchema,
    Message,
    ModelFeature,
    ModelId,
    ModelUsage,
)
from dify_runtime_sdk.workflow import File, FileType

from ...api import RunRequest
from ..models import default_model, language_models
from .answering import Answer
from .config import EasyConfig
from .prompts.texts import text_of

_NEEDS: Final = {
    FileType.IMAGE: ModelFeature.VISION,
    FileType.DOCUMENT: ModelFeature.DOCUMENT,
    FileType.AUDIO: ModelFeature.AUDIO,
    FileType.VIDEO: ModelFeature.VIDEO,
}
_FEWEST: Final = 16
"""Tokens that an answer may always have."""


class ModelCaller:
    """Calls language models; they are looked up at the first call, for a runtime may have none."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def models(self) -> LanguageModels:
        """The service; raises `ModelNotFoundError` when no plugin offers it."""
        return await language_models(self._services)

    async def default(self, tenant_id: str) -> ModelId | None:
        """The language model that serves where nobody names one."""
        return await default_model(self._services, tenant_id)

    async def schema(self, model: ModelId, tenant_id: str) -> LanguageModelSchema:
        """What is known of a model; raises `ModelNotFoundError`."""
        return await (await self.models()).schema(model, tenant_id=tenant_id)

    async def count(self, model: ModelId, messages: Sequence[Message], tenant_id: str) -> int:
        """The tokens of messages."""
        return await (await self.models()).count_tokens(model, messages, tenant_id=tenant_id) if messages else 0

    async def call(
        self,
        request: RunRequest,
        config: EasyConfig,
        schema: LanguageModelSchema,
        messages: Sequence[Message],
        *,
        stop: Sequence[str] = (),
        tools: Sequence[FunctionTool] = (),
    ) -> LanguageModelRequest:
        """The call of the app's model with a prompt, its answer cut to what there is room for."""
        parameters = dict(config.parameters)
        asked, size = parameters.get("max_tokens"), schema.context_size
        if size and isinstance(asked, int) and upper_bound(messages) + asked > size:
            used = await self.count(config.model, messages, request.app.tenant_id)
            if used + asked > size:
                parameters["max_tokens"] = max(size - used, _FEWEST)
        return LanguageModelRequest(
            model=config.model,
            messages=messages,
            tenant_id=request.app.tenant_id,
            user_id=request.caller.id,
            mode=mode_of(config, schema),
            parameters=parameters,
            tools=tools,
            stop=tuple(dict.fromkeys((*config.stop, *stop))),
        )

    @asynccontextmanager
    async def stream(
        self, call: LanguageModelRequest, answer: Answer
    ) -> AsyncIterator[AsyncIterator[LanguageModelChunk]]:
        """The answer of a model as it comes; what it cost is added to `answer`, also when it was broken off."""
        answer.begin_call(call.model, call.messages)
        chunks = (await self.models()).invoke(call)
        try:
            yield chunks
        finally:
            close: Any = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    async def settle(self, answer: Answer, tenant_id: str) -> None:
        """Count what a call cost that was broken off before it said so."""
        calling, answer.calling = answer.calling, None
        if calling is None:
            return
        model, messages, texts = calling
        said = [Message(role="assistant", content="".join(texts))] if texts else []
        asked, told = await self.count(model, messages, tenant_id), await self.count(model, said, tenant_id)
        answer.spend(ModelUsage(prompt_tokens=asked, completion_tokens=told, total_tokens=asked + told))


def mode_of(config: EasyConfig, schema: LanguageModelSchema) -> Any:
    """`chat` or `completion`: as the app says, else as the model is."""
    named = config.settings.model.mode
    return named if named in {"chat", "completion"} else schema.mode


def upper_bound(messages: Sequence[Message]) -> int:
    """More tokens than the texts can have: their bytes."""
    return sum(len(text_of(message.content).encode()) + 8 for message in messages)


def file_parts(files: Sequence[File], config: EasyConfig, schema: LanguageModelSchema) -> list[FilePart]:
    """The files that the model can read, as parts of a message."""
    detail: Any = "low" if config.settings.file_upload.image.detail == "low" else "high"
    return [FilePart(file=file, detail=detail) for file in files if _NEEDS.get(file.type) in schema.features]
