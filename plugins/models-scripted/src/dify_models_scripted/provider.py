"""The provider `scripted`."""

import asyncio
import hashlib
import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from dify_runtime_sdk.model_providers import Generation, ModelAccess, vendor_error
from dify_runtime_sdk.model_schemas import ModelSchema, ParameterRule, ProviderDescription
from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    Embeddings,
    EmbeddingUsage,
    ModerationRequest,
    Ranked,
    RerankRequest,
)
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    Message,
    ModelCredentialsError,
    ModelError,
    ModelFeature,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelType,
    ModelUnavailableError,
    ModelUsage,
    ToolCall,
)

from .rules import Rule, Script

_WIDTH: Final = 64
"""Numbers of a vector."""
_ERRORS: Final[Mapping[str, type[ModelError]]] = {
    "rate_limit": ModelRateLimitError,
    "unavailable": ModelUnavailableError,
    "credentials": ModelCredentialsError,
    "request": ModelRequestError,
    "not_found": ModelNotFoundError,
}
_RULES: Final = (ParameterRule.of("temperature"), ParameterRule.of("max_tokens", max=100_000))


class ScriptedProvider:
    """Answers what the script says; satisfies `ModelProvider`."""

    description = ProviderDescription(
        name="langgenius/scripted/scripted",
        label="Scripted",
        description="Models that answer from a script",
        types=(ModelType.LLM, ModelType.TEXT_EMBEDDING, ModelType.RERANK, ModelType.MODERATION),
    )

    def __init__(self, script: Script) -> None:
        self._script = script

    def operator_credentials(self) -> Mapping[str, str] | None:
        """A script needs no credentials."""
        return None

    def schema(self, model_type: ModelType, model: str, credentials: Mapping[str, str]) -> ModelSchema | None:
        """Any name is a model."""
        if model_type is not ModelType.LLM:
            return ModelSchema(name=model, type=model_type, customizable=True)
        return ModelSchema(
            name=model,
            features=frozenset(ModelFeature),
            context_size=100_000,
            parameter_rules=_RULES,
            customizable=True,
        )

    async def validate(self, access: ModelAccess) -> None:
        """There is nothing to validate."""

    async def generate(self, call: Generation) -> AsyncIterator[LanguageModelChunk]:
        """The answer of the first rule that fits."""
        access, request = call.access, call.request
        prompt = _asked(request)
        rule = self._script.rule(access.model, prompt)
        pieces = _pieces(rule.text.replace("{prompt}", prompt), rule.chunks)
        for place, piece in enumerate(pieces):
            if rule.error is not None and place == rule.after:
                break
            await asyncio.sleep(rule.delay)
            yield LanguageModelChunk(text=piece)
        if rule.error is not None:
            error = vendor_error(_ERRORS[rule.error], access, rule.text or "as the script says")
            error.retry_after = 0.0
            raise error
        yield _last(request, rule, pieces)

    async def embed(self, access: ModelAccess, request: EmbeddingRequest) -> Embeddings:
        """Vectors from the words of the texts."""
        tokens = sum(len(text.split()) for text in request.texts)
        usage = EmbeddingUsage(tokens=tokens, total_tokens=tokens)
        return Embeddings(vectors=[_vector(text) for text in request.texts], usage=usage)

    async def rerank(self, access: ModelAccess, request: RerankRequest) -> Sequence[Ranked]:
        """The share of the query's words that a document has."""
        wanted = set(request.query.lower().split())
        shares = [len(wanted & set(text.lower().split())) / max(1, len(wanted)) for text in request.documents]
        return [Ranked(index=place, score=share) for place, share in enumerate(shares)]

    async def flagged(self, access: ModelAccess, request: ModerationRequest) -> bool:
        """Whether the rule that fits the text is an error."""
        return self._script.rule(access.model, request.text).error is not None


def _asked(request: LanguageModelRequest) -> str:
    """The last message of the user, else the last of all."""
    users = [message for message in request.messages if message.role == "user"] or request.messages
    return _text(users[-1]) if users else ""


def _text(message: Message) -> str:
    content = [message.content] if isinstance(message.content, str) else message.content
    return "".join(part for part in content if isinstance(part, str))


def _pieces(text: str, count: int | None) -> list[str]:
    """The text cut into `count` pieces, or into words with the blanks behind them."""
    if not text:
        return []
    if count is None:
        *words, last = text.split(" ")
        return [f"{word} " for word in words] + ([last] if last else [])
    size = -(-len(text) // count)
    return [text[first : first + size] for first in range(0, len(text), size)]


def _last(request: LanguageModelRequest, rule: Rule, pieces: Sequence[str]) -> LanguageModelChunk:
    prompt = sum(len(_text(message).split()) for message in request.messages)
    calls = tuple(
        ToolCall(id=f"call_{place}", name=one.name, arguments=json.dumps(one.arguments))
        for place, one in enumerate(rule.tool_calls)
    )
    usage = ModelUsage(prompt_tokens=prompt, completion_tokens=len(pieces), total_tokens=prompt + len(pieces))
    return LanguageModelChunk(tool_calls=calls, usage=usage, finish_reason="tool_calls" if calls else "stop")


def _vector(text: str) -> list[float]:
    """A vector of length 1: every word counts at the place that its hash gives."""
    vector = [0.0] * _WIDTH
    for word in text.lower().split():
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % _WIDTH] += 1.0
    length = math.sqrt(sum(number * number for number in vector))
    return [number / length for number in vector] if length else [1 / math.sqrt(_WIDTH)] * _WIDTH
