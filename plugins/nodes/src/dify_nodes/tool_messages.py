"""What tools and agent strategies say, gathered into the outputs of a node."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.tools import (
    FileMessage,
    JsonMessage,
    LinkMessage,
    LogMessage,
    TextMessage,
    ToolMessage,
    UsageMessage,
    VariableMessage,
)
from dify_runtime_sdk.workflow import File, NodeContext, NodeError

_RESERVED: Final = frozenset(("text", "files", "json"))


@dataclass
class Gathered:
    """Everything said so far; texts are streamed at once, what is logged is kept."""

    context: NodeContext
    node_id: str
    texts: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    pieces: dict[str, list[str]] = field(default_factory=dict)
    """Streamed variables."""
    logs: dict[str, LogMessage] = field(default_factory=dict)
    usage: ModelUsage | None = None

    def take(self, message: ToolMessage) -> None:
        """Add one message; raises `NodeError` for a variable that no output can be."""
        handler = _HANDLERS[type(message)]
        handler(self, message)

    def finish(self) -> None:
        """Close the streams."""
        self.context.finish()
        for name in self.pieces:
            self.context.finish(name)

    def say(self, text: str) -> None:
        """Append to `text` and stream it."""
        self.texts.append(text)
        self.context.send(text)

    def set_variable(self, message: VariableMessage) -> None:
        """Set an output, or append to it."""
        name, value = message.name, message.value
        if name in _RESERVED:
            raise NodeError(f"The output {name} is reserved, a variable cannot be named like it", error_type=_FAILURE)
        if not message.stream:
            self.variables[name] = value
            return
        if not isinstance(value, str):
            raise NodeError(f"The streamed variable {name} is a {type(value).__name__}, not text", error_type=_FAILURE)
        self.pieces.setdefault(name, []).append(value)
        self.context.send(value, name)

    def add_usage(self, usage: ModelUsage) -> None:
        """Add what a model cost."""
        self.usage = usage if self.usage is None else _sum(self.usage, usage)

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.texts)

    def outputs(self) -> dict[str, Any]:
        """The outputs of the node; variables come last."""
        streamed = {name: "".join(pieces) for name, pieces in self.pieces.items()}
        values = self.values or [{"data": []}]
        return {"text": self.text, "files": self.files, "json": values} | self.variables | streamed

    def steps(self) -> list[Mapping[str, Any]]:
        """What was logged, each step in its last state."""
        return [_step(log, self.node_id) for log in self.logs.values()]


_FAILURE: Final = "ToolNodeError"


def _take_log(gathered: Gathered, message: LogMessage) -> None:
    gathered.logs[message.id] = message


def _link(message: LinkMessage) -> str:
    return f"{'File' if message.is_file else 'Link'}: {message.url}\n"


_HANDLERS: Final[dict[type, Callable[[Gathered, Any], None]]] = {
    TextMessage: lambda gathered, message: gathered.say(message.text),
    LinkMessage: lambda gathered, message: gathered.say(_link(message)),
    JsonMessage: lambda gathered, message: gathered.values.append(message.value),
    VariableMessage: lambda gathered, message: gathered.set_variable(message),
    FileMessage: lambda gathered, message: gathered.files.append(message.file),
    LogMessage: _take_log,
    UsageMessage: lambda gathered, message: gathered.add_usage(message.usage),
}


def _step(log: LogMessage, node_id: str) -> dict[str, Any]:
    return {
        "id": log.id,
        "parent_id": log.parent_id,
        "node_id": node_id,
        "label": log.label,
        "status": log.status,
        "error": log.error,
        "data": dict(log.data),
        "metadata": dict(log.metadata),
    }


def _sum(one: ModelUsage, other: ModelUsage) -> ModelUsage:
    """The cost of both; unit prices are those of the later."""
    return ModelUsage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        prompt_unit_price=other.prompt_unit_price,
        prompt_price_unit=other.prompt_price_unit,
        prompt_price=one.prompt_price + other.prompt_price,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        completion_unit_price=other.completion_unit_price,
        completion_price_unit=other.completion_price_unit,
        completion_price=one.completion_price + other.completion_price,
        total_tokens=one.total_tokens + other.total_tokens,
        total_price=one.total_price + other.total_price,
        currency=other.currency,
        latency=one.latency + other.latency,
    )
