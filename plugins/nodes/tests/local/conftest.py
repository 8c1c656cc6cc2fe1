"""A run's context without an engine: variables over a dict, and services that a test gives."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dify_nodes import NodesSettings
from dify_nodes.offers import node_offers
from dify_runtime_sdk.workflow import (
    File,
    FileType,
    Node,
    NodeError,
    RunInfo,
    Selector,
    Template,
    TextForm,
    TransferMethod,
    VariableType,
    infer_type,
    to_text,
)
from dify_workflow import NodeRegistry


class DictVariables:
    """Variables by their dotted names (`node.name`), with the types of those that are declared."""

    def __init__(self, values: Mapping[str, Any], types: Mapping[str, str]) -> None:
        self.values: dict[Selector, Any] = {_selector(name): value for name, value in values.items()}
        self.types = {_selector(name): VariableType(kind) for name, kind in types.items()}

    def _walk(self, selector: Sequence[str]) -> Any:
        value = self.values[tuple(selector[:2])]
        for part in selector[2:]:
            value = value.attribute(part) if isinstance(value, File) else value[part]
        return value

    def get(self, selector: Sequence[str], default: Any = None) -> Any:
        try:
            return self._walk(selector)
        except (KeyError, TypeError):
            return default

    def has(self, selector: Sequence[str]) -> bool:
        return self.get(selector, self) is not self

    def type_of(self, selector: Sequence[str]) -> VariableType | None:
        declared = self.types.get(tuple(selector))
        return declared or (infer_type(self.get(selector)) if self.has(selector) else None)

    def text(self, selector: Sequence[str], form: TextForm = TextForm.TEXT) -> str | None:
        return to_text(self.get(selector), form) if self.has(selector) else None

    def render(self, template: Template, form: TextForm = TextForm.TEXT) -> str:
        return template.render(self, form)

    def assign(self, selector: Sequence[str], value: Any) -> None:
        if tuple(selector) not in self.values:
            raise NodeError(f"no variable {selector}")
        self.values[tuple(selector)] = value

    def namespace(self, name: str) -> Mapping[str, Any]:
        return {key[1]: value for key, value in self.values.items() if key[0] == name}


def _selector(name: str) -> Selector:
    first, _, rest = name.partition(".")
    return (first, rest)


class GivenServices:
    """The services that a test gives, by their protocol."""

    def __init__(self, services: Mapping[type, Any]) -> None:
        self._services = services

    async def get(self, key: type) -> Any:
        return self._services[key]


@dataclass
class Context:
    """One execution of a node."""

    variables: DictVariables
    services: GivenServices
    inputs: Mapping[str, Any]
    execution_id: str = "execution"
    attempt: int = 1
    run: RunInfo = field(default_factory=lambda: RunInfo(run_id="run", tenant_id="tenant"))

    def now(self) -> float:
        return 0.0

    def send(self, chunk: str, output: str = "text") -> None:
        raise NotImplementedError

    def finish(self, output: str = "text") -> None:
        raise NotImplementedError

    def retrieved(self, resources: Sequence[Mapping[str, Any]], context: str) -> None:
        raise NotImplementedError

    def log(self, message_id: str, label: str, status: str, **_: Any) -> None:
        raise NotImplementedError


type MakeContext = Callable[..., Context]
type MakeNode = Callable[..., Node[Any]]


@pytest.fixture
def context() -> MakeContext:
    """Make a context: variables by dotted name, declared types, user inputs, services."""

    def make(
        values: Mapping[str, Any] | None = None,
        *,
        types: Mapping[str, str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        services: Mapping[type, Any] | None = None,
    ) -> Context:
        return Context(DictVariables(values or {}, types or {}), GivenServices(services or {}), inputs or {})

    return make


@pytest.fixture
def node() -> MakeNode:
    """Make a node from the `data` of an app file, as the engine does it."""
    registry = NodeRegistry(node_offers(NodesSettings()))

    def make(kind: type[Node[Any]], /, **data: Any) -> Node[Any]:
        config = kind.config_type.model_validate({"type": kind.type, "title": "A node", **data})
        return registry.find(kind.type, kind.version).make("node", config)

    return make


@pytest.fixture
def at_once() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a node that awaits nothing; fails when it does."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value
        coroutine.close()
        raise AssertionError("the node waits for something")

    return run


@pytest.fixture
def make_file() -> Callable[..., File]:
    """Make a file by its name."""

    def make(name: str | None = "a.txt", **fields: Any) -> File:
        extension = f".{name.rpartition('.')[2]}" if name else None
        given = {"type": FileType.DOCUMENT, "transfer_method": TransferMethod.LOCAL_FILE, "extension": extension}
        return File(filename=name, **{**given, **fields})

    return make
