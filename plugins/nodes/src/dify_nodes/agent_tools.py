"""Tools of an agent: the enabled ones, each with its declaration and the values that the author has fixed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from dify_runtime_sdk.tools import ToolError, ToolId, ToolParameter, Tools, ToolSchema
from dify_runtime_sdk.workflow import NodeContext, NodeError, Template, Variables

from .tool_inputs import ToolInput

_AUTO: Final = object()
"""What the model fills in."""


async def completed_tools(value: Any, context: NodeContext) -> list[dict[str, Any]]:
    """The tools as a strategy expects them; raises `NodeError` for what is no list of tools."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(tool, Mapping) for tool in value):
        raise NodeError("The tools of the agent are no list of tools", error_type="AgentParameterError")
    enabled = [tool for tool in value if tool.get("enabled", False)]
    return list(await asyncio.gather(*[_completed(tool, context) for tool in enabled]))


async def _completed(tool: Mapping[str, Any], context: NodeContext) -> dict[str, Any]:
    identity = ToolId(
        provider_type=tool.get("type") or tool.get("provider_type") or "builtin",
        provider_id=str(tool.get("provider_name") or tool.get("provider_id") or ""),
        name=str(tool.get("tool_name") or ""),
        plugin_unique_identifier=tool.get("plugin_unique_identifier"),
        credential_id=tool.get("credential_id"),
    )
    tools = await context.services.get(Tools)
    try:
        schema = await tools.schema(identity, tenant_id=context.run.tenant_id)
    except ToolError as error:
        message = f"The agent's tool {identity.name} is not available: {error.message}"
        raise NodeError(message, error_type="ToolInvokeError", hint=error.hint) from error
    return _entity(schema, tool, _fixed(tool, context.variables))


def _fixed(tool: Mapping[str, Any], variables: Variables) -> dict[str, Any]:
    """The values that the author has fixed: settings, and parameters that are not left to the model."""
    given = {**(tool.get("settings") or {}), **(tool.get("parameters") or {})}
    values = {name: _value(entry, variables) for name, entry in given.items()}
    return {name: value for name, value in values.items() if value is not _AUTO and value is not None}


def _value(entry: Any, variables: Variables) -> Any:
    if not isinstance(entry, Mapping):
        return plain_value(entry, variables)
    if entry.get("auto"):
        return _AUTO
    value = entry.get("value")
    if "type" not in entry:
        return _value(value, variables) if isinstance(value, Mapping) else plain_value(value, variables)
    if value is None:
        return None
    try:
        typed = ToolInput.model_validate(entry)
    except ValidationError as error:
        raise NodeError("A value for a tool of the agent is malformed", error_type="AgentParameterError") from error
    return variables.get(typed.value) if typed.type == "variable" else plain_value(typed.value, variables)


def plain_value(value: Any, variables: Variables) -> Any:
    """The value with the references in all of its texts replaced."""
    if isinstance(value, str):
        return variables.render(Template.parse(value))
    if isinstance(value, Mapping):
        return {name: plain_value(item, variables) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [plain_value(item, variables) for item in value]
    return value


def _entity(schema: ToolSchema, tool: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration of a tool as strategies read it."""
    advice = (tool.get("extra") or {}).get("description") or schema.description
    label = str(tool.get("tool_label") or schema.id.name)
    return {
        "identity": {
            "author": "",
            "name": schema.id.name,
            "label": {"en_US": label},
            "provider": schema.id.provider_id,
        },
        "parameters": [_parameter(parameter, is_fixed=parameter.name in fixed) for parameter in schema.parameters],
        "description": {"human": {"en_US": schema.description}, "llm": advice},
        "output_schema": dict(schema.output_schema),
        "has_runtime_parameters": False,
        "runtime_parameters": dict(fixed),
        "credential_id": schema.id.credential_id,
        "provider_type": schema.id.provider_type,
    }


def _parameter(parameter: ToolParameter, *, is_fixed: bool) -> dict[str, Any]:
    """The declaration of a parameter; one with a fixed value is not for the model to fill in."""
    return {
        "name": parameter.name,
        "label": {"en_US": parameter.name},
        "human_description": {"en_US": parameter.description},
        "llm_description": parameter.description,
        "type": parameter.type,
        "form": "form" if is_fixed else parameter.form,
        "required": parameter.required,
        "default": parameter.default,
        "options": [{"value": option, "label": {"en_US": option}} for option in parameter.options],
    }
