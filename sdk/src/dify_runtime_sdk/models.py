"""Models: what is asked of a language model and what it answers, whichever vendor serves it.

Money is decimal, never a float; times are seconds. Ids of models are a provider (`langgenius/openai/openai`, or a bare
`openai`) and the vendor's model name.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol

from .errors import DifyRuntimeError
from .workflow.values import File


class ModelError(DifyRuntimeError):
    """A call of a model failed; names provider and model, never a credential or the prompt.

    `retry_after` is how many seconds the vendor asks to wait, None when it does not say; `detail` is what the vendor
    said, without the name of the provider.
    """

    code = "model_failed"
    detail: str = ""
    retry_after: float | None = None


class ModelNotFoundError(ModelError):
    """No plugin serves the provider, or the provider has no such model; says what to install."""

    code = "model_not_found"


class ModelNotAllowedError(ModelNotFoundError):
    """The workspace may not use the model: it is switched off there, or not part of what was bought."""

    code = "model_not_allowed"


class ModelQuotaError(ModelError):
    """What the workspace may use is spent, by this side's count; what a vendor counts is `ModelRateLimitError`."""

    code = "model_quota_spent"


class ModelCredentialsError(ModelError):
    """The credentials are missing, invalid or not allowed to do that."""

    code = "model_credentials"


class ModelCredentialsMissingError(ModelCredentialsError):
    """There are no credentials for the provider that can be used; says how to give some."""

    code = "model_credentials_missing"


class ModelRateLimitError(ModelError):
    """The vendor refuses for now: too many requests or tokens, or the quota is spent."""

    code = "model_rate_limited"


class ModelUnavailableError(ModelError):
    """The vendor does not answer, or answers that it cannot now."""

    code = "model_unavailable"


class ModelRequestError(ModelError):
    """The vendor refuses the request itself: a parameter, a content, a length."""

    code = "model_bad_request"


class ModelType(StrEnum):
    """What a model is for."""

    LLM = "llm"
    TEXT_EMBEDDING = "text-embedding"
    RERANK = "rerank"
    SPEECH_TO_TEXT = "speech2text"
    MODERATION = "moderation"
    TTS = "tts"


class ModelFeature(StrEnum):
    """What a language model can do besides text."""

    VISION = "vision"
    DOCUMENT = "document"
    VIDEO = "video"
    AUDIO = "audio"
    TOOL_CALL = "tool-call"
    MULTI_TOOL_CALL = "multi-tool-call"
    STREAM_TOOL_CALL = "stream-tool-call"
    AGENT_THOUGHT = "agent-thought"
    STRUCTURED_OUTPUT = "structured-output"


@dataclass(frozen=True, slots=True)
class ModelId:
    """A model of a provider, as an app file names it."""

    provider: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelSchema:
    """What is known of a language model; `context_size` and `max_tokens` count tokens, None when unknown."""

    model: ModelId
    mode: Literal["chat", "completion"] = "chat"
    features: frozenset[ModelFeature] = frozenset()
    context_size: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A file inside a message; `detail` is the resolution asked for a picture."""

    file: File
    detail: Literal["low", "high"] = "high"


type Content = str | Sequence[str | FilePart]
"""The content of a message: a text, or texts and files in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that the model wants called; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a prompt; `tool_call_id` says which call a `tool` message answers."""

    role: Literal["system", "user", "assistant", "tool"]
    content: Content = ""
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTool:
    """A function offered to the model; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelRequest:
    """One call of a language model.

    `parameters` are the vendor's (temperature, max_tokens, …) as the app file has them, without `stop`.
    `response_schema` asks for JSON of that schema, where the model supports it. Without `streaming` nobody reads
    pieces: a provider that can have the whole answer at once then asks for that.
    """

    model: ModelId
    messages: Sequence[Message]
    tenant_id: str = ""
    user_id: str = ""
    mode: Literal["chat", "completion"] = "chat"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[FunctionTool] = ()
    stop: Sequence[str] = ()
    response_schema: Mapping[str, Any] | None = None
    streaming: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """What a call cost. Prices: `unit_price` for `price_unit` tokens (0.001 = per thousand)."""

    prompt_tokens: int = 0
    prompt_unit_price: Decimal = Decimal(0)
    prompt_price_unit: Decimal = Decimal(0)
    prompt_price: Decimal = Decimal(0)
    completion_tokens: int = 0
    completion_unit_price: Decimal = Decimal(0)
    completion_price_unit: Decimal = Decimal(0)
    completion_price: Decimal = Decimal(0)
    total_tokens: int = 0
    total_price: Decimal = Decimal(0)
    currency: str = "USD"
    latency: float = 0.0
    time_to_first_token: float | None = None
    time_to_generate: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that outputs, events and stored rows show; decimals as text."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelChunk:
    """A piece of an answer. `tool_calls` are complete calls. `usage` and `finish_reason` come with the last piece."""

    text: str = ""
    tool_calls: Sequence[ToolCall] = ()
    files: Sequence[File] = ()
    usage: ModelUsage | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call of a language model, as interceptors see it: a call with a stream of `LanguageModelChunk`.

    It is made once, whichever credentials are tried: retries are inside.
    """

    request: LanguageModelRequest


class LanguageModels(Protocol):
    """Language models of every provider, with the tenant's credentials."""

    async def schema(self, model: ModelId, *, tenant_id: str = "") -> LanguageModelSchema:
        """What is known of a model; raises `ModelNotFoundError`."""
        ...

    def invoke(self, request: LanguageModelRequest) -> AsyncIterator[LanguageModelChunk]:
        """The answer as it comes; a model that cannot stream gives one chunk. Raises the errors of this module.

        Reasoning that a vendor sends apart from the text arrives as text between `<think>` and `</think>`.
        """
        ...

    async def count_tokens(self, model: ModelId, messages: Sequence[Message], *, tenant_id: str = "") -> int:
        """How many tokens the prompt has, estimated offline where the vendor's own tokenizer is not at hand."""
        ...
