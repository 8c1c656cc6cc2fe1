"""Tools: functions that a workflow or an agent calls, from plugins, OpenAPI descriptions, other apps or MCP servers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .errors import DifyRuntimeError
from .models import ModelUsage
from .workflow.values import File


class ToolError(DifyRuntimeError):
    """A tool could not be called or failed; names provider and tool, never a credential."""

    code = "tool_failed"


class ToolNotFoundError(ToolError):
    """No plugin serves the provider, or it has no such tool; says what to install."""

    code = "tool_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolId:
    """A tool as an app file names it."""

    provider_type: Literal["builtin", "plugin", "api", "workflow", "app", "dataset-retrieval", "mcp"]
    provider_id: str
    name: str
    plugin_unique_identifier: str | None = None
    credential_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolParameter:
    """A declared parameter: `form` says whether the model fills it in (`llm`) or the author of the app (`form`)."""

    name: str
    type: str = "string"
    form: Literal["llm", "form", "schema"] = "form"
    required: bool = False
    description: str = ""
    default: Any = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSchema:
    """What is known of a tool."""

    id: ToolId
    description: str = ""
    parameters: tuple[ToolParameter, ...] = ()
    output_schema: Mapping[str, Any] = field(default_factory=dict)
    icon: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolInvocation:
    """One call of a tool; `parameters` are uncast: the tool's own schema decides on types."""

    tool: ToolId
    parameters: Mapping[str, Any]
    tenant_id: str = ""
    user_id: str = ""
    app_id: str = ""
    conversation_id: str = ""
    invoke_from: str = "service-api"
    call_depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMessage:
    """A link; one to a file is shown as such."""

    url: str
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMessage:
    """A JSON value."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableMessage:
    """A named output; `stream` marks a piece of a text that goes on."""

    name: str
    value: Any
    stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMessage:
    """A file that the tool made, already stored."""

    file: File


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage:
    """A step of an agent; a later one with the same `id` replaces it."""

    id: str
    label: str
    status: Literal["start", "success", "error"]
    parent_id: str | None = None
    error: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageMessage:
    """What models cost that the tool called."""

    usage: ModelUsage


type ToolMessage = TextMessage | LinkMessage | JsonMessage | VariableMessage | FileMessage | LogMessage | UsageMessage


class Tools(Protocol):
    """Tools of every provider, with the tenant's credentials."""

    async def schema(self, tool: ToolId, *, tenant_id: str = "") -> ToolSchema:
        """What is known of a tool; raises `ToolNotFoundError`."""
        ...

    def invoke(self, call: ToolInvocation) -> AsyncIterator[ToolMessage]:
        """What the tool says, as it comes; raises `ToolError`."""
        ...
