"""The tools of an agent: what the model is told of them, and calls of them."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dify_runtime_sdk import DifyRuntimeError, Services
from dify_runtime_sdk.models import FunctionTool
from dify_runtime_sdk.tools import (
    FileMessage,
    JsonMessage,
    LinkMessage,
    TextMessage,
    ToolError,
    ToolId,
    ToolInvocation,
    ToolParameter,
    Tools,
    ToolSchema,
    UsageMessage,
    VariableMessage,
)
from dify_runtime_sdk.workflow import File, to_json

from ...api import PreparedRun
from ..easy.answering import Answer
from ..easy.turns import turn_of

_log: Final = logging.getLogger(__name__)

_TYPES: Final = {"number": "number", "integer": "integer", "boolean": "boolean", "array": "array", "object": "object"}
_LINK: Final = {True: "The user can fetch the file at", False: "The user can look at"}
_FILES: Final = frozenset({"file", "files", "system-files"})


@dataclass(frozen=True, slots=True)
class Observation:
    """What a tool said, as the model reads it, and the files that it made."""

    text: str
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class AgentTool:
    """One tool; `call` takes what the model gave, with its parameters by name."""

    function: FunctionTool
    call: Callable[[Mapping[str, Any]], Awaitable[Observation]]
    label: Mapping[str, str] = field(default_factory=dict)


class Toolbox:
    """The tools of one run."""

    def __init__(self, tools: Sequence[AgentTool]) -> None:
        self._tools = {tool.function.name: tool for tool in tools}

    @property
    def functions(self) -> list[FunctionTool]:
        """The tools as a model is told of them."""
        return [tool.function for tool in self._tools.values()]

    @property
    def labels(self) -> dict[str, Mapping[str, str]]:
        """What the tools are called in each language."""
        return {name: tool.label for name, tool in self._tools.items() if tool.label}

    async def call(self, name: str, arguments: Any) -> Observation:
        """Call a tool; what goes wrong is an observation too: the model may do better."""
        tool = self._tools.get(name)
        if tool is None:
            return Observation(f"there is not a tool named {name}")
        given = self._given(tool, arguments)
        if given is None:
            return Observation(f"the arguments of {name} are no JSON object: {arguments}")
        try:
            return await tool.call(given)
        except DifyRuntimeError as error:
            _log.info("the tool %s of an agent failed: %s", name, error.message)
            return Observation(f"the tool {name} failed: {error.message}")

    @staticmethod
    def _given(tool: AgentTool, arguments: Any) -> Mapping[str, Any] | None:
        """The parameters by name; a text for a tool with a single parameter is that parameter."""
        if isinstance(arguments, Mapping):
            return arguments
        if not isinstance(arguments, str) or not arguments.strip():
            return {} if not arguments else None
        try:
            parsed = json.loads(arguments)
        except ValueError:
            parsed = arguments
        if isinstance(parsed, dict):
            return parsed
        names = list(tool.function.parameters.get("properties", {}))
        return {names[0]: parsed} if len(names) == 1 else None


async def configured_tools(prepared: PreparedRun, answer: Answer, services: Services) -> list[AgentTool]:
    """The tools of the app's configuration; those that are not there are left out, and logged."""
    wanted = turn_of(prepared).config.settings.agent_mode.usable_tools
    if not wanted:
        return []
    if not services.offered(Tools):
        _log.warning("app %s has tools, and no plugin offers any: they are ignored", prepared.request.app.id)
        return []
    service = await services.get(Tools)
    made = await asyncio.gather(*[_made(one, prepared, answer, service) for one in wanted])
    return [tool for tool in made if tool is not None]


async def _made(entry: Any, prepared: PreparedRun, answer: Answer, service: Tools) -> AgentTool | None:
    identity = ToolId(
        provider_type=entry.provider_type or "builtin",
        provider_id=entry.provider_id,
        name=entry.tool_name,
        credential_id=entry.credential_id,
    )
    try:
        schema = await service.schema(identity, tenant_id=prepared.request.app.tenant_id)
    except ToolError as error:
        _log.warning("an agent goes without the tool %s: %s", entry.tool_name, error.message)
        return None
    fixed = {name: value for name, value in entry.tool_parameters.items() if value not in (None, "")}

    async def call(arguments: Mapping[str, Any]) -> Observation:
        return await _observed(service, _invocation(identity, {**fixed, **arguments}, prepared), answer)

    label = entry.tool_label or entry.tool_name
    return AgentTool(function_of(schema), call, {"en_US": label, "zh_Hans": label})


def _invocation(identity: ToolId, parameters: Mapping[str, Any], prepared: PreparedRun) -> ToolInvocation:
    request = prepared.request
    return ToolInvocation(
        tool=identity,
        parameters=parameters,
        tenant_id=request.app.tenant_id,
        user_id=request.caller.id,
        app_id=request.app.id,
        conversation_id=turn_of(prepared).turn.conversation_id,
        invoke_from=request.caller.invoke_from.value,
        call_depth=request.call_depth,
    )


async def _observed(service: Tools, call: ToolInvocation, answer: Answer) -> Observation:
    pieces: list[str] = []
    files: list[File] = []
    async for message in service.invoke(call):
        if isinstance(message, TextMessage):
            pieces.append(message.text)
        elif isinstance(message, LinkMessage):
            pieces.append(f"{_LINK[message.is_file]}: {message.url}\n")
        elif isinstance(message, JsonMessage):
            pieces.append(json.dumps(to_json(message.value), ensure_ascii=False))
        elif isinstance(message, VariableMessage):
            pieces.append(message.value if message.stream else f"{message.name}: {to_json(message.value)}\n")
        elif isinstance(message, FileMessage):
            files.append(message.file)
            pieces.append(f"The user has been shown the file {message.file.filename or message.file.type.value}. ")
        elif isinstance(message, UsageMessage):
            answer.spend(message.usage)
    return Observation("".join(pieces), files)


def function_of(schema: ToolSchema) -> FunctionTool:
    """A tool as a model is told of it: the parameters that the model fills in."""
    offered = [one for one in schema.parameters if one.form == "llm" and one.type not in _FILES]
    parameters = {
        "type": "object",
        "properties": {one.name: _property(one) for one in offered},
        "required": [one.name for one in offered if one.required],
    }
    return FunctionTool(name=schema.id.name, description=schema.description, parameters=parameters)


def _property(parameter: ToolParameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": _TYPES.get(parameter.type, "string"),
        "description": parameter.description,
    }
    if parameter.options:
        described["enum"] = list(parameter.options)
    return described
