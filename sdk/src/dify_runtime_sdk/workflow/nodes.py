"""Nodes: what an author of a node type writes, and what the engine gives to a running node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from .results import NodeResult, PauseReason
from .templates import Template
from .values import Selector, TextForm, VariableType


class NodeKind(StrEnum):
    """How the engine treats a node when it has finished."""

    ROOT = "root"
    BRANCH = "branch"
    CONTAINER = "container"
    RESPONSE = "response"
    EXECUTABLE = "executable"


class RetryConfig(BaseModel):
    """Further attempts after a failure; honoured by node types that are `retryable`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    max_retries: int = Field(0, ge=0)
    retry_interval: float = Field(0, ge=0, description="Milliseconds between attempts.")
    retry_enabled: bool = False


class DefaultValue(BaseModel):
    """One output that stands in when the node fails and its strategy is `default-value`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    type: Literal["string", "number", "object", "array[number]", "array[string]", "array[object]", "array[file]"]
    value: Any = None


class NodeConfig(BaseModel):
    """The `data` of a node in an app file; each node type subclasses it. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    type: str
    title: str
    desc: str | None = None
    version: str = "1"
    error_strategy: Literal["fail-branch", "default-value"] | None = None
    default_value: list[DefaultValue] | None = None
    retry_config: RetryConfig = RetryConfig()


type _ConfigType = type[NodeConfig]


class Node[C: NodeConfig]:
    """A node type, and one node of a graph.

    One instance per node of a graph, made when the graph is built and shared by all of its runs: it holds the
    configuration and what follows from it (parsed templates), never anything of a run. What `__init__` raises as
    `ValueError` (pydantic's included) is an error of the app file.
    """

    type: ClassVar[str]
    """The value of `data.type` that this class serves."""
    version: ClassVar[str] = "1"
    """The value of `data.version` that this class serves; an unknown version gets the newest class of the type."""
    kind: ClassVar[NodeKind] = NodeKind.EXECUTABLE
    retryable: ClassVar[bool] = False
    """Whether `retry_config` acts on this type."""
    config_type: ClassVar[_ConfigType] = NodeConfig
    """The model that `data` is validated with; its schema is the reference of the type."""

    def __init__(self, id: str, config: C) -> None:  # noqa: A002 - the field's name in app files
        self.id = id
        self.config = config

    async def run(self, context: "NodeContext") -> NodeResult | PauseReason:
        """Do the node's work for one run; may be called many times at once.

        A node that awaits nothing costs no task. Raise `NodeError` for a failure of the node; any other exception is
        one too, with `error_type` `WorkflowNodeError`. Cancelled when the run ends early.
        """
        raise NotImplementedError

    def response(self) -> Sequence[str | Selector]:
        """For kind `response`: the parts that are streamed, literal texts and selectors."""
        return ()

    def writes(self) -> Iterable[Selector]:
        """Selectors of variables other than its own outputs that this node may assign."""
        return ()

    def started_extras(self) -> Mapping[str, Any]:
        """What the event `NodeRunStarted` says more: `provider_type`, `provider_id`, `agent_strategy`."""
        return {}

    def idempotency_key(self, context: "NodeContext") -> str | None:
        """A key under which a repeated execution after a crash has no second effect; None: it is simply run again."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Who runs what. Ids are the caller's; empty where there is none."""

    run_id: str
    app_id: str = ""
    workflow_id: str = ""
    tenant_id: str = ""
    user_id: str = ""
    user_from: Literal["account", "end-user"] = "end-user"
    invoke_from: str = "service-api"
    conversation_id: str = ""
    call_depth: int = 0
    extras: Mapping[str, Any] = field(default_factory=dict)


class Variables(Protocol):
    """The variables of a run, as one node sees them."""

    def get(self, selector: Sequence[str], default: Any = None) -> Any:
        """The value at `selector`, or `default` when there is none (a value may be None).

        Two parts address a variable, further ones an attribute of a file or keys of objects; arrays have no parts.
        """
        ...

    def has(self, selector: Sequence[str]) -> bool:
        """Whether there is a value, None included."""
        ...

    def type_of(self, selector: Sequence[str]) -> VariableType | None:
        """The declared type, else that of the value; None when there is no value."""
        ...

    def text(self, selector: Sequence[str], form: TextForm = TextForm.TEXT) -> str | None:
        """The text of the value, None when there is none."""
        ...

    def render(self, template: Template, form: TextForm = TextForm.TEXT) -> str:
        """The text of a template."""
        ...

    def assign(self, selector: Sequence[str], value: Any) -> None:
        """Give an existing conversation or loop variable a new value; raises `NodeError` when there is none."""
        ...

    def namespace(self, name: str) -> Mapping[str, Any]:
        """All values under one namespace (`sys`, `env`, `conversation`) or node id; empty when there are none."""
        ...


class NodeServices(Protocol):
    """Look-up of what a node needs from other plugins, by SDK protocol."""

    async def get[T](self, key: type[T]) -> T:
        """The service under `key`; raises `ServiceError` naming what would provide it."""
        ...


class NodeContext(Protocol):
    """One execution of one node."""

    @property
    def execution_id(self) -> str:
        """The id of this execution, the same over retries."""
        ...

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        ...

    @property
    def run(self) -> RunInfo:
        """Who runs what."""
        ...

    @property
    def variables(self) -> Variables:
        """The variables as they are now."""
        ...

    @property
    def services(self) -> NodeServices:
        """Services of other plugins."""
        ...

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The user inputs of the run; for root nodes."""
        ...

    def now(self) -> float:
        """Wall-clock seconds since the epoch, by the clock of the run."""
        ...

    def send(self, chunk: str, output: str = "text") -> None:
        """Stream a piece of the output `output`; it reaches a client where a response node refers to that output."""
        ...

    def finish(self, output: str = "text") -> None:
        """Close the stream of `output`; what was sent must be what the result holds."""
        ...

    def retrieved(self, resources: Sequence[Mapping[str, Any]], context: str) -> None:
        """Tell which knowledge the node was given."""
        ...

    def log(
        self,
        message_id: str,
        label: str,
        status: str,
        *,
        parent_id: str | None = None,
        error: str | None = None,
        data: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell a step of an agent; one with the same `message_id` replaces the earlier."""
        ...
