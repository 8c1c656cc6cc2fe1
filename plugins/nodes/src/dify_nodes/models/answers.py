"""Calls of language models: what came back, what it cost, and what went wrong, as nodes tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    LanguageModels,
    Message,
    ModelCredentialsError,
    ModelError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
    ModelUsage,
    ToolCall,
)
from dify_runtime_sdk.workflow import File, NodeContext, NodeError

from ..streams import closing
from .config import ModelConfig
from .prompts import shown

_ERROR_TYPES: Final[tuple[tuple[type[ModelError], str], ...]] = (
    (ModelNotFoundError, "ModelNotExistError"),
    (ModelCredentialsError, "InvokeAuthorizationError"),
    (ModelRateLimitError, "InvokeRateLimitError"),
    (ModelUnavailableError, "InvokeServerUnavailableError"),
    (ModelRequestError, "InvokeBadRequestError"),
)
"""The names under which graphs know these failures."""


@dataclass(slots=True)
class Answer:
    """The whole answer of a model."""

    text: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    usage: ModelUsage = field(default_factory=ModelUsage)
    finish_reason: str | None = None

    def add(self, chunk: LanguageModelChunk) -> None:
        """Take what a piece brings besides its text."""
        self.tool_calls.extend(chunk.tool_calls)
        self.files.extend(chunk.files)
        self.usage = chunk.usage or self.usage
        self.finish_reason = chunk.finish_reason or self.finish_reason


async def ask(
    request: LanguageModelRequest, context: NodeContext, *, on_text: Callable[[str], None] | None = None
) -> Answer:
    """Call the model; `on_text` is given every piece of the answer as it comes. Raises `NodeError`."""
    answer, texts = Answer(), []
    try:
        models = await context.services.get(LanguageModels)
        async with closing(models.invoke(request)) as chunks:
            async for chunk in chunks:
                texts.append(chunk.text)
                answer.add(chunk)
                if on_text is not None:
                    on_text(chunk.text)
    except ModelError as error:
        raise model_failure(error, process_data=asked(request)) from error
    answer.text = "".join(texts)
    return answer


def model_failure(error: ModelError, *, process_data: dict[str, Any] | None = None) -> NodeError:
    """The node's failure for that of a model; `error_type` is the name that Dify gives it."""
    named = next((name for kind, name in _ERROR_TYPES if isinstance(error, kind)), "InvokeError")
    return NodeError(error.message, error_type=named, process_data=process_data, hint=error.hint)


def request_for(
    model: ModelConfig, messages: Sequence[Message], context: NodeContext, **more: Any
) -> LanguageModelRequest:
    """The call of the configured model with a prompt; `more` are further fields of the request."""
    fields: dict[str, Any] = {"parameters": model.parameters, "stop": model.stop} | more
    return LanguageModelRequest(
        model=model.id,
        messages=messages,
        tenant_id=context.run.tenant_id,
        user_id=context.run.user_id,
        mode=model.mode,
        **fields,
    )


def asked(request: LanguageModelRequest) -> dict[str, Any]:
    """What `process_data` tells of a call before its answer."""
    return {
        "model_mode": request.mode,
        "prompts": shown(request.messages),
        "model_provider": request.model.provider,
        "model_name": request.model.name,
    }


def asked_and_answered(request: LanguageModelRequest, answer: Answer) -> dict[str, Any]:
    """What `process_data` tells of a call with its answer."""
    return {
        "model_mode": request.mode,
        "prompts": shown(request.messages),
        "usage": answer.usage.to_json(),
        "finish_reason": answer.finish_reason,
        "model_provider": request.model.provider,
        "model_name": request.model.name,
    }


def totals(usage: ModelUsage) -> dict[str, Any]:
    """What `metadata` tells of the cost."""
    return {"total_tokens": usage.total_tokens, "total_price": str(usage.total_price), "currency": usage.currency}
