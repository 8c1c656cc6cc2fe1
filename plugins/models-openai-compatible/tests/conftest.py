"""A provider on real connections to a model server that says what a test tells it to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dify_egress.service import EgressService
from dify_egress.settings import EgressSettings
from dify_models_openai_compatible.presets import PRESETS
from dify_models_openai_compatible.provider import OpenAiCompatibleProvider
from dify_runtime_sdk.egress import Egress, Limits
from dify_runtime_sdk.model_providers import Generation, ModelAccess
from dify_runtime_sdk.models import LanguageModelChunk, LanguageModelRequest, Message, ModelId, ModelType
from dify_runtime_sdk.testing import model_server as said
from dify_runtime_sdk.testing.models import NoFiles

KEY = "sk-0123456789abcdef"


@dataclass
class Runtime:
    """As much of a runtime as a provider needs."""

    egress: EgressService

    @property
    def services(self) -> "Runtime":
        return self

    async def get(self, key: type) -> EgressService:
        assert key is Egress
        return self.egress


@dataclass
class Bench:
    """A server, and providers that call it."""

    server: said.ModelServer
    runtime: Runtime
    limits: Limits = field(default_factory=lambda: Limits(connect=5, read=30, retries=0))

    def provider(self, preset: str = "openai") -> OpenAiCompatibleProvider:
        return OpenAiCompatibleProvider(PRESETS[preset], self.runtime)  # type: ignore[arg-type]

    def access(self, model: str = "gpt-4o-mini", kind: ModelType = ModelType.LLM, **credentials: str) -> ModelAccess:
        given = {"openai_api_key": KEY, "openai_api_base": self.server.url} | credentials
        provider = self.provider()
        schema = provider.description.model(model, kind) or provider.schema(kind, model, given)
        return ModelAccess(
            provider=provider.description,
            model=model,
            type=kind,
            credentials=given,
            trusted=True,
            schema=schema,
            limits=self.limits,
        )

    async def ask(self, access: ModelAccess | None = None, **request: Any) -> list[LanguageModelChunk]:
        """The pieces of an answer."""
        return [chunk async for chunk in self.pieces(access, **request)]

    def pieces(
        self, access: ModelAccess | None = None, *, files: Any = None, preset: str = "openai", **request: Any
    ) -> AsyncIterator[LanguageModelChunk]:
        access = access or self.access()
        request = {"messages": [Message(role="user", content="hello")]} | request
        asked = LanguageModelRequest(model=ModelId("openai", access.model), **request)
        return self.provider(preset).generate(Generation(access=access, request=asked, files=files or NoFiles()))

    def patient_for(self, seconds: float) -> "Bench":
        return replace(self, limits=replace(self.limits, read=seconds))


@pytest.fixture
async def server() -> AsyncIterator[said.ModelServer]:
    """A model server."""
    async with said.model_server() as server:
        yield server


@pytest.fixture
async def egress() -> AsyncIterator[EgressService]:
    """The way out."""
    async with EgressService(EgressSettings()) as service:
        yield service


@pytest.fixture
def bench(server: said.ModelServer, egress: EgressService) -> Bench:
    """A server, and providers that call it."""
    return Bench(server, Runtime(egress))


@pytest.fixture
def chat() -> Callable[..., dict[str, Any]]:
    """Make one event of a chat: its delta, finish reason and usage."""

    def chat(
        content: str | None = None, *, reason: str | None = None, usage: Any = None, **delta: Any
    ) -> dict[str, Any]:
        if content is not None:
            delta["content"] = content
        event: dict[str, Any] = {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        return event | ({"usage": usage} if usage else {})

    return chat


@pytest.fixture
def say() -> Any:
    """Words for servers: `answer`, `as_json`, `error`, `events`, `piece`."""
    return said


@pytest.fixture
def stall() -> Callable[[asyncio.StreamWriter], Any]:
    """Begin a stream and fall silent until the client goes away."""

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(said.STREAM_HEAD + said.piece(b'data: {"choices":[{"index":0,"delta":{"content":"he"}}]}\n\n'))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            await asyncio.Event().wait()

    return stall
