"""Models that say what a test wrote."""

import asyncio
from decimal import Decimal
from typing import Any

from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.model_uses import DefaultModels
from dify_runtime_sdk.models import LanguageModelChunk, LanguageModels, LanguageModelSchema, ModelType, ModelUsage


class ScriptedModels:
    """Says what the test wrote: one list of pieces for each call, the last one again for further calls.

    A piece is a text, a chunk, an error to raise, or an event to wait for.
    """

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.script: list[list[Any]] = [["Hello", " there"]]
        self.facts: dict[str, Any] = {}
        self.defaults: dict[ModelType, Any] = {}
        self.priced = True
        self.closed = 0

    async def schema(self, model: Any, *, tenant_id: str = "") -> LanguageModelSchema:
        return LanguageModelSchema(model=model, **self.facts)

    async def invoke(self, request: Any) -> Any:
        self.calls.append(request)
        pieces = self.script[min(len(self.calls), len(self.script)) - 1]
        said = 0
        try:
            for piece in pieces:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Event):
                    await piece.wait()
                    continue
                yield piece if isinstance(piece, LanguageModelChunk) else LanguageModelChunk(text=piece)
                said += 1
            if self.priced:
                yield LanguageModelChunk(usage=_usage(request, said), finish_reason="stop")
        finally:
            self.closed += 1

    async def count_tokens(self, model: Any, messages: Any, *, tenant_id: str = "") -> int:
        return sum(len(_text(message).split()) for message in messages)

    async def get(self, model_type: ModelType, *, tenant_id: str = "") -> Any:
        return self.defaults.get(model_type)

    @property
    def prompt(self) -> list[tuple[str, Any]]:
        """Role and content of the messages of the last call."""
        return [(message.role, message.content) for message in self.calls[-1].messages]


def _text(message: Any) -> str:
    content = message.content
    return content if isinstance(content, str) else " ".join(part for part in content if isinstance(part, str))


def _usage(request: Any, said: int) -> ModelUsage:
    prompt = sum(len(_text(message).split()) for message in request.messages)
    return ModelUsage(
        prompt_tokens=prompt,
        prompt_unit_price=Decimal("0.15"),
        prompt_price_unit=Decimal("0.000001"),
        prompt_price=Decimal("0.0000008"),
        completion_tokens=said,
        completion_unit_price=Decimal("0.60"),
        completion_price_unit=Decimal("0.000001"),
        completion_price=Decimal("0.0000300"),
        total_tokens=prompt + said,
        total_price=Decimal("0.0000308"),
        latency=0.5,
        time_to_first_token=0.1,
        time_to_generate=0.4,
    )


def models_plugin(models: ScriptedModels) -> type[Plugin]:
    """A plugin that serves `models`."""

    class TestModels(Plugin):
        @hookimpl
        def services(self) -> Any:
            return [Service(key, lambda _runtime: models) for key in (LanguageModels, DefaultModels)]

    return TestModels
