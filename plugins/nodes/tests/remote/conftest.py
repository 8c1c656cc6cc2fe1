"""Runs of single nodes: variables, a context that takes notes, and services that follow a script."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dify_nodes.offers import node_offers
from dify_nodes.settings import NodesSettings
from dify_runtime_sdk import ServiceError
from dify_runtime_sdk.agents import AgentStrategies, StrategyId, StrategyInvocation, StrategyParameter, StrategySchema
from dify_runtime_sdk.code import TemplateRenderer
from dify_runtime_sdk.egress import Egress
from dify_runtime_sdk.knowledge import RetrievalRequest, RetrievalResult, Retriever
from dify_runtime_sdk.models import (
    LanguageModelChunk,
    LanguageModelRequest,
    LanguageModels,
    LanguageModelSchema,
    Message,
    ModelId,
    ModelUsage,
)
from dify_runtime_sdk.tools import ToolInvocation, Tools, ToolSchema
from dify_runtime_sdk.workflow import (
    File,
    FileType,
    NodeResult,
    RunInfo,
    Template,
    TextForm,
    TransferMethod,
    VariableType,
    WorkflowError,
    infer_type,
    to_text,
)
from dify_runtime_sdk.workflow.files import WorkflowFiles
from dify_runtime_sdk.workflow.memory import ConversationMemory
from dify_workflow import NodeRegistry


class Variables:
    """The variables of a run, written as `{"node.name": value}`."""

    def __init__(self, values: Mapping[str, Any], secrets: Sequence[str] = ()) -> None:
        self.values = {tuple(name.split(".", 1)): value for name, value in values.items()}
        self.secrets = {tuple(name.split(".", 1)) for name in secrets}

    def get(self, selector: Sequence[str], default: Any = None) -> Any:
        value = self.values.get(tuple(selector[:2]), default)
        for part in selector[2:]:
            if isinstance(value, File):
                value = value.attribute(part)
            else:
                value = value.get(part, default) if isinstance(value, dict) else default
        return value

    def has(self, selector: Sequence[str]) -> bool:
        return self.get(selector, self) is not self

    def type_of(self, selector: Sequence[str]) -> VariableType | None:
        if tuple(selector) in self.secrets:
            return VariableType.SECRET
        return infer_type(self.get(selector)) if self.has(selector) else None

    def text(self, selector: Sequence[str], form: TextForm = TextForm.TEXT) -> str | None:
        return to_text(self.get(selector), form, self.type_of(selector)) if self.has(selector) else None

    def render(self, template: Template, form: TextForm = TextForm.TEXT) -> str:
        return template.render(self, form)

    def namespace(self, name: str) -> Mapping[str, Any]:
        return {key[1]: value for key, value in self.values.items() if key[0] == name}


@dataclass
class Context:
    """One execution, with notes of what the node did."""

    variables: Variables
    offered: dict[type, Any]
    run: RunInfo = field(default_factory=lambda: RunInfo(run_id="run-1", tenant_id="tenant-1", user_id="user-1"))
    execution_id: str = "execution-1"
    attempt: int = 1
    inputs: Mapping[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    told: list[tuple[Sequence[Mapping[str, Any]], str]] = field(default_factory=list)
    logged: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def services(self) -> "Context":
        return self

    async def get(self, key: type[Any]) -> Any:
        if key not in self.offered:
            raise ServiceError(f"nothing provides {key.__name__}")
        return self.offered[key]

    def now(self) -> float:
        return 0.0

    def send(self, chunk: str, output: str = "text") -> None:
        self.sent.append((output, chunk))

    def finish(self, output: str = "text") -> None:
        self.finished.append(output)

    def retrieved(self, resources: Sequence[Mapping[str, Any]], context: str) -> None:
        self.told.append((resources, context))

    def log(self, message_id: str, label: str, status: str, **more: Any) -> None:
        self.logged.append({"message_id": message_id, "label": label, "status": status} | more)


class Models:
    """Language models that answer what the test wrote, call by call, the last one for ever."""

    def __init__(self, *answers: Any, **schema: Any) -> None:
        self.answers = list(answers) or ["ok"]
        self.facts = schema
        self.requests: list[LanguageModelRequest] = []
        self.failure: Exception | None = None
        self.counted: list[Sequence[Message]] = []

    async def schema(self, model: ModelId, *, tenant_id: str = "") -> LanguageModelSchema:
        if self.failure is not None:
            raise self.failure
        return LanguageModelSchema(model=model, **self.facts)

    async def invoke(self, request: LanguageModelRequest) -> AsyncIterator[LanguageModelChunk]:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            answer = [LanguageModelChunk(text=answer, usage=usage(), finish_reason="stop")]
        for chunk in answer:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def count_tokens(self, model: ModelId, messages: Sequence[Message], *, tenant_id: str = "") -> int:
        self.counted.append(messages)
        return sum(len(str(message.content).split()) for message in messages)


def usage(total: int = 15, price: str = "0.00001") -> ModelUsage:
    from decimal import Decimal

    return ModelUsage(prompt_tokens=total - 5, completion_tokens=5, total_tokens=total, total_price=Decimal(price))


class Renderer:
    """Renders templates as Jinja does."""

    async def render(self, source: str, variables: Mapping[str, Any]) -> str:
        from jinja2 import TemplateError as JinjaError
        from jinja2.sandbox import SandboxedEnvironment

        from dify_runtime_sdk.code import TemplateError

        try:
            return SandboxedEnvironment().from_string(source).render(variables)
        except JinjaError as error:
            raise TemplateError(str(error)) from error


class Memory:
    """A conversation of the given messages."""

    def __init__(self, *messages: Message) -> None:
        self.messages = messages
        self.asked: list[tuple[str, str, int]] = []

    async def history(self, conversation_id: str, *, tenant_id: str, limit: int) -> Sequence[Message]:
        self.asked.append((conversation_id, tenant_id, limit))
        return self.messages[-limit:]


class Files:
    """Files in a dictionary, by their id."""

    def __init__(self, **contents: bytes) -> None:
        self.contents = contents
        self.stored: list[tuple[bytes, str | None, str | None, str]] = []

    async def read(self, file: File, *, limit: int | None = None) -> bytes:
        if file.related_id not in self.contents:
            raise WorkflowError("the file is gone")
        return self.contents[file.related_id]

    def stream(self, file: File) -> AsyncIterator[bytes]:
        raise NotImplementedError

    async def store(self, content: bytes, *, filename: str | None, mime_type: str | None, tenant_id: str) -> File:
        self.stored.append((content, filename, mime_type, tenant_id))
        return file_of("stored", filename=filename, mime_type=mime_type, size=len(content))


def file_of(name: str, kind: FileType = FileType.IMAGE, **more: Any) -> File:
    fields: dict[str, Any] = {"filename": f"{name}.png", "url": f"https://files.test/{name}"} | more
    return File(type=kind, transfer_method=TransferMethod.TOOL_FILE, related_id=name, **fields)


class ScriptedTools:
    """Tools that say what the test wrote."""

    def __init__(self, *messages: Any, **schema: Any) -> None:
        self.messages = messages
        self.facts = schema
        self.calls: list[ToolInvocation] = []
        self.failure: Exception | None = None

    async def schema(self, tool: Any, *, tenant_id: str = "") -> ToolSchema:
        if self.failure is not None:
            raise self.failure
        return ToolSchema(id=tool, **self.facts)

    async def invoke(self, call: Any) -> AsyncIterator[Any]:
        self.calls.append(call)
        for message in self.messages:
            if isinstance(message, Exception):
                raise message
            yield message


class ScriptedStrategies:
    """Strategies that declare and say what the test wrote."""

    def __init__(self, *messages: Any, **parameters: Any) -> None:
        self.messages = messages
        self.parameters = tuple(
            declared if isinstance(declared, StrategyParameter) else StrategyParameter(name=name, type=declared)
            for name, declared in parameters.items()
        )
        self.calls: list[StrategyInvocation] = []
        self.failure: Exception | None = None

    async def schema(self, strategy: StrategyId, *, tenant_id: str = "") -> StrategySchema:
        if self.failure is not None:
            raise self.failure
        return StrategySchema(id=strategy, parameters=self.parameters)

    async def invoke(self, call: StrategyInvocation) -> AsyncIterator[Any]:
        self.calls.append(call)
        for message in self.messages:
            if isinstance(message, Exception):
                raise message
            yield message


class ScriptedRetriever:
    """Finds what the test wrote."""

    def __init__(self, *records: Mapping[str, Any], **more: Any) -> None:
        self.result = RetrievalResult(records=records, **more)
        self.requests: list[RetrievalRequest] = []
        self.failure: Exception | None = None

    async def retrieve(self, request: RetrievalRequest) -> RetrievalResult:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        return self.result


@dataclass
class Bench:
    """Builds a node as the registry does, runs it, and keeps the context."""

    services: dict[type, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    run_info: dict[str, Any] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    context: Any = None

    def offer(self, **services: Any) -> "Bench":
        """Offer services by the short names of this file."""
        self.services |= {_KEYS[name]: service for name, service in services.items()}
        return self

    def node(self, **data: Any) -> Any:
        """The node that `data` describes."""
        found = NodeRegistry(node_offers(NodesSettings(**self.settings))).find(data["type"], "1")
        return found.make("node_1", found.node.config_type.model_validate({"title": "Node"} | data))

    async def run(self, variables: Mapping[str, Any] | None = None, **data: Any) -> NodeResult:
        """Run the node once."""
        run = RunInfo(**{"run_id": "run-1", "tenant_id": "tenant-1", "user_id": "user-1"} | self.run_info)
        self.context = Context(Variables(variables or {}, self.secrets), self.services, run)
        result = await self.node(**data).run(self.context)
        assert isinstance(result, NodeResult)
        return result


_KEYS: dict[str, type] = {
    "models": LanguageModels,
    "renderer": TemplateRenderer,
    "memory": ConversationMemory,
    "files": WorkflowFiles,
    "tools": Tools,
    "retriever": Retriever,
    "strategies": AgentStrategies,
    "egress": Egress,
}


@pytest.fixture
def bench() -> Bench:
    """A bench without services."""
    return Bench()


@pytest.fixture
def make() -> Callable[..., Any]:
    """Make what this file has, by name: `make("models", "an answer")`."""
    kinds: dict[str, Callable[..., Any]] = {
        "models": Models,
        "memory": Memory,
        "files": Files,
        "tools": ScriptedTools,
        "retriever": ScriptedRetriever,
        "strategies": ScriptedStrategies,
        "renderer": Renderer,
        "file": file_of,
        "usage": usage,
    }
    return lambda kind, *args, **more: kinds[kind](*args, **more)
