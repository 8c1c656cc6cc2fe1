"""Stubs: what a node gives instead of doing its work, by node id."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dify_runtime_sdk import UnknownNameError
from dify_runtime_sdk.workflow import (
    DEFAULT_HANDLE,
    Node,
    NodeConfig,
    NodeContext,
    NodeError,
    NodeKind,
    NodeResult,
    WorkflowError,
    from_json,
)

from ..node_types import NodeType
from ..registry import NodeRegistry

_TOKENS: Final = 15
"""What a scripted answer of a model costs unless the stub says otherwise."""
_MODEL: Final = "llm"
_BRANCHES: Final = {"if-else": "selected_case_id", "question-classifier": "class_id"}
"""The outputs that name the branch which was taken."""


class Stub(BaseModel):
    """What one attempt of a node gives: outputs, chunks and then outputs, or an error.

    Under a node of type `llm`, `outputs.text` is streamed word by word and costs 15 tokens; `chunks` are streamed as
    they are and cost none, and without `outputs` they are the output `text`. Other types stream nothing but `chunks`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    outputs: dict[str, Any] | None = None
    chunks: list[str] | None = None
    error: str | None = Field(None, description="The message of a failure.")
    error_type: str = Field("MockError", description="What `{{#node.error_type#}}` shows of the failure.")
    edge_source_handle: str | None = Field(
        None, description="The branch that a branching node takes; default: the one that its outputs name."
    )
    total_tokens: int | None = Field(None, description="What the attempt costs.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.outputs is None and self.chunks is None and self.error is None:
            raise ValueError("a stub needs outputs, chunks or an error")
        return self

    def play(self, node_type: str, context: NodeContext) -> NodeResult:
        """Do as the stub says; raises `NodeError` for an error."""
        chunks = self._pieces(node_type)
        for chunk in chunks:
            context.send(chunk)
        if self.error is not None:
            raise NodeError(self.error, error_type=self.error_type)
        if chunks:
            context.finish()
        outputs = {"text": "".join(chunks)} if self.outputs is None else from_json(self.outputs)
        tokens = self._tokens(node_type)
        return NodeResult(
            outputs=outputs, metadata={"total_tokens": tokens} if tokens else {}, handle=self._handle(node_type)
        )

    def _handle(self, node_type: str) -> str:
        named = (self.outputs or {}).get(_BRANCHES.get(node_type, ""))
        return self.edge_source_handle or (named if isinstance(named, str) else DEFAULT_HANDLE)

    def _pieces(self, node_type: str) -> list[str]:
        if self.chunks is not None:
            return self.chunks
        text = (self.outputs or {}).get("text")
        if node_type != _MODEL or not isinstance(text, str):
            return []
        first, *others = text.split(" ")
        return [first, *(f" {word}" for word in others)]

    def _tokens(self, node_type: str) -> int:
        if self.total_tokens is not None:
            return self.total_tokens
        return _TOKENS if node_type == _MODEL and self.chunks is None else 0


type Stubs = Mapping[str, Sequence[Stub]]
"""Per node id: the stub of every attempt, the last one for all that follow."""


def read_stubs(given: Mapping[str, Any]) -> Stubs:
    """The stubs of a mapping from node ids to a stub, or to a list of stubs, one per attempt.

    Raises `WorkflowError` naming the node whose stub has another form.
    """
    stubs = {}
    for node_id, value in given.items():
        items = value if isinstance(value, list) else [value]
        if not items:
            raise WorkflowError(f"the list of stubs of node {node_id!r} is empty")
        stubs[str(node_id)] = [_read(str(node_id), item) for item in items]
    return stubs


def _read(node_id: str, given: Any) -> Stub:
    try:
        return given if isinstance(given, Stub) else Stub.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(["stub", *map(str, first["loc"])])
        raise WorkflowError(f"node {node_id!r}: {place}: {first['msg']}") from None


class StubbedRegistry(NodeRegistry):
    """The node types of another registry, in which some nodes follow their stubs.

    A stubbed node of a type that nobody offers is one that only has a title.
    """

    def __init__(self, registry: NodeRegistry, stubs: Stubs) -> None:
        super().__init__()
        self._registry = registry
        self._stubs = stubs

    def find(self, type_name: str, version: str) -> NodeType:
        """See `NodeRegistry.find`."""
        try:
            found = self._registry.find(type_name, version)
        except UnknownNameError as error:
            found = NodeType(_named(Node, type_name), self._refusal(error))
        return NodeType(found.node, lambda node_id, config: self._make(found, node_id, config))

    def _refusal(self, error: UnknownNameError) -> Any:
        def make(node_id: str, config: NodeConfig) -> Node[Any]:
            if node_id not in self._stubs:
                raise error
            return _named(Node, config.type)(node_id, config)

        return make

    def _make(self, found: NodeType, node_id: str, config: Any) -> Node[Any]:
        node = found.make(node_id, config)
        stubs = self._stubs.get(node_id)
        if stubs is None:
            return node
        if node.kind is NodeKind.CONTAINER:
            raise ValueError("a container cannot be stubbed: stub the nodes inside it")
        facts = {"type": node.type, "version": node.version, "kind": node.kind, "retryable": node.retryable}
        stubbed: StubbedNode = type(f"Stubbed{type(node).__name__}", (StubbedNode,), facts)(node, stubs)
        return stubbed


def _named(node: type[Node[Any]], name: str) -> type[Node[Any]]:
    return type(node.__name__, (node,), {"type": name})


class StubbedNode(Node[Any]):
    """Stands in for a node of a graph: all is as with the node itself, but what `run` does."""

    def __init__(self, node: Node[Any], stubs: Sequence[Stub]) -> None:
        super().__init__(node.id, node.config)
        self._node = node
        self._stubs = stubs
        self._played = 0

    async def run(self, context: NodeContext) -> NodeResult:
        """Play the next stub."""
        stub = self._stubs[min(self._played, len(self._stubs) - 1)]
        self._played += 1
        return stub.play(self.type, context)

    def response(self) -> Any:
        """What the node streams."""
        return self._node.response()

    def writes(self) -> Any:
        """What the node may assign."""
        return self._node.writes()

    def started_extras(self) -> Mapping[str, Any]:
        """What the node tells of itself."""
        return self._node.started_extras()
