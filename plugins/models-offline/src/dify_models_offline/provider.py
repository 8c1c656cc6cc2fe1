"""The provider `offline`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, Final

from dify_runtime_sdk.model_providers import Generation, ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import ModelSchema, ParameterRule, ProviderDescription
from dify_runtime_sdk.model_uses import EmbeddingRequest, Embeddings, EmbeddingUsage
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    Message,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelType,
    ModelUnavailableError,
    ModelUsage,
)

from .locating import Files
from .process import ModelProcess, WorkerBusy, WorkerFailure, WorkerRefusal
from .settings import OfflineSettings

TEXT_MODEL: Final = "smollm2-135m-instruct"
EMBEDDING_MODEL: Final = "all-minilm-l6-v2"
_HINT: Final = "`dify-runtime offline install` installs it"


class OfflineProvider:
    """Models in processes of their own; satisfies `ModelProvider`, `GeneratesText` and `EmbedsText`."""

    def __init__(self, settings: OfflineSettings) -> None:
        self._files = Files(settings)
        self._context = settings.OFFLINE_CONTEXT_SIZE
        common = {"context_size": self._context, "threads": settings.OFFLINE_THREADS}
        files = {"model": self._files.model, "embedding": self._files.embedding, "vocabulary": self._files.vocabulary}
        options = common | {name: str(path) for name, path in files.items() if path is not None}
        self._text = ModelProcess(options, limit=settings.OFFLINE_QUEUE)
        self._embedding = ModelProcess(options, limit=settings.OFFLINE_QUEUE)
        self.description = self._describe()

    def operator_credentials(self) -> Mapping[str, str] | None:
        """Nobody needs any."""
        return None

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """No model but those of the list; raises `ModelNotFoundError` for one that is not installed."""
        if model in (TEXT_MODEL, EMBEDDING_MODEL):
            raise ModelNotFoundError(f"[offline] the model {model} is not installed", hint=_HINT)
        return None

    async def validate(self, access: ModelAccess) -> None:
        """There is nothing to validate."""

    async def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes."""
        reason, usage = None, None
        try:
            async with aclosing(self._text.call("chat", _body(call.request))) as events:
                async for event in events:
                    usage = _usage(event) or usage
                    for choice in event.get("choices", ())[:1]:
                        reason = choice.get("finish_reason") or reason
                        text = choice.get("delta", {}).get("content")
                        if text:
                            yield LanguageModelChunk(text=text)
        except (WorkerBusy, WorkerFailure, WorkerRefusal) as error:
            raise _translated(error, call.access) from error
        yield LanguageModelChunk(usage=usage, finish_reason=reason or "stop")

    async def embed(self, access: ModelAccess, request: EmbeddingRequest) -> Embeddings:
        """Vectors of texts."""
        try:
            async with aclosing(self._embedding.call("embed", {"texts": list(request.texts)})) as events:
                found: dict[str, Any] = {}
                async for event in events:
                    found = event
        except (WorkerBusy, WorkerFailure, WorkerRefusal) as error:
            raise _translated(error, access) from error
        tokens = found["tokens"]
        return Embeddings(vectors=found["vectors"], usage=EmbeddingUsage(tokens=tokens, total_tokens=tokens))

    async def close(self) -> None:
        """End the processes."""
        await self._text.close()
        await self._embedding.close()

    def _describe(self) -> ProviderDescription:
        """The provider with the models that are installed."""
        models = []
        if self._files.model:
            models.append(_text_schema(self._context))
        if self._files.embedding and self._files.vocabulary:
            models.append(ModelSchema(name=EMBEDDING_MODEL, type=ModelType.TEXT_EMBEDDING, context_size=256, batch=64))
        return ProviderDescription(
            name="langgenius/offline/offline",
            label="Offline",
            description="Small models on this machine's processor",
            types=(ModelType.LLM, ModelType.TEXT_EMBEDDING),
            models=tuple(models),
        )


def _text_schema(context: int) -> ModelSchema:
    rules = (
        ParameterRule.of("temperature", default=0.2, max=2.0),
        ParameterRule.of("top_p", default=0.9),
        ParameterRule.of("max_tokens", required=True, default=min(256, context), max=context, precision=None),
        ParameterRule(name="seed", type="int", label="seed"),
    )
    return ModelSchema(name=TEXT_MODEL, context_size=context, parameter_rules=rules)


def _body(request: LanguageModelRequest) -> dict[str, Any]:
    return {
        "max_tokens": 256,
        **request.parameters,
        "messages": [{"role": _role(message), "content": _text(message)} for message in request.messages],
        "stop": list(request.stop),
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _role(message: Message) -> str:
    """The model knows no results of tools: they come as what the user says."""
    return "user" if message.role == "tool" else message.role


def _text(message: Message) -> str:
    content = [message.content] if isinstance(message.content, str) else message.content
    return "\n".join(part for part in content if isinstance(part, str))


def _usage(event: Mapping[str, Any]) -> ModelUsage | None:
    found = event.get("usage")
    if not found:
        return None
    prompt, completion = int(found["prompt_tokens"]), int(found["completion_tokens"])
    return ModelUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _translated(error: WorkerBusy | WorkerFailure | WorkerRefusal, access: ModelAccess) -> ModelError:
    if isinstance(error, WorkerBusy):
        return vendor_error(ModelRateLimitError, access, error.message, hint="OFFLINE_QUEUE bounds the line")
    if isinstance(error, WorkerRefusal):
        return vendor_error(ModelRequestError, access, error.message)
    return vendor_error(ModelUnavailableError, access, error.message)
