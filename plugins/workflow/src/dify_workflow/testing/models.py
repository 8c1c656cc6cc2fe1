"""Scripted language models."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    LanguageModelSchema,
    Message,
    ModelFeature,
    ModelId,
    ModelUsage,
)

from .script import Script

USAGE: Final = ModelUsage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
"""What a scripted call costs unless the script says otherwise."""

type ModelAnswer = str | Exception | Sequence[str | LanguageModelChunk | Exception]
"""A text, streamed word by word; pieces, streamed as they are; an exception in place of either is raised there."""


class ScriptedModels:
    """Satisfies `LanguageModels` with answers in the order of the calls; the last one answers all that follow.

    An answer may also be a function of the request that gives one. `requests` holds what was asked.
    """

    def __init__(
        self,
        *answers: ModelAnswer | Callable[[LanguageModelRequest], ModelAnswer],
        features: frozenset[ModelFeature] = frozenset(),
        usage: ModelUsage = USAGE,
        context_size: int | None = None,
    ) -> None:
        self._script = Script(answers or ("",))
        self._features = features
        self._usage = usage
        self._context_size = context_size
        self.requests: list[LanguageModelRequest] = []

    @property
    def prompts(self) -> list[str]:
        """The text of every request: its messages, one per line, as `role: text`."""
        return ["\n".join(map(_line, request.messages)) for request in self.requests]

    async def schema(self, model: ModelId, *, tenant_id: str = "") -> LanguageModelSchema:
        """See `LanguageModels.schema`; every model is known."""
        return LanguageModelSchema(model=model, features=self._features, context_size=self._context_size)

    async def invoke(self, request: LanguageModelRequest) -> AsyncIterator[LanguageModelChunk]:
        """See `LanguageModels.invoke`."""
        self.requests.append(request)
        last = None
        for piece in _pieces(self._script.next(request)):
            if last is not None:
                yield last
            if isinstance(piece, Exception):
                raise piece
            last = LanguageModelChunk(text=piece) if isinstance(piece, str) else piece
        last = last or LanguageModelChunk()
        yield replace(last, usage=last.usage or self._usage, finish_reason=last.finish_reason or "stop")

    async def count_tokens(self, model: ModelId, messages: Sequence[Message], *, tenant_id: str = "") -> int:
        """See `LanguageModels.count_tokens`: one per word."""
        return sum(len(_line(message).split()) - 1 for message in messages)


def _pieces(answer: Any) -> Iterator[Any]:
    if not isinstance(answer, str):
        yield from answer
        return
    first, *others = answer.split(" ")
    yield first
    for word in others:
        yield f" {word}"


def _line(message: Message) -> str:
    content = message.content
    texts = [content] if isinstance(content, str) else [part for part in content if isinstance(part, str)]
    return f"{message.role}: {''.join(texts)}"
