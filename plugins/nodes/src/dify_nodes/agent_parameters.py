"""Parameters of agent strategies, completed as the strategies expect them: values, models with memory, tools."""

from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.agents import StrategyParameter
from dify_runtime_sdk.models import LanguageModels, LanguageModelSchema, ModelNotFoundError
from dify_runtime_sdk.workflow import NodeContext, NodeError

from .agent_tools import completed_tools, plain_value
from .models.config import MemoryConfig, ModelConfig
from .models.memory import recall
from .models.prompts import message_text
from .tool_inputs import InputReader, ToolInput

_TRUTHS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


class AgentParameter:
    """One parameter as the app file gives it."""

    def __init__(self, name: str, entry: ToolInput) -> None:
        self.name = name
        is_structure = entry.type == "constant" and isinstance(entry.value, dict | list)
        self._structure = entry.value if is_structure else None
        self._reader = None if is_structure else InputReader(name, entry)

    def is_missing(self, context: NodeContext) -> bool:
        """Whether it is a variable that has no value."""
        return self._reader is not None and self._reader.is_missing(context.variables)

    def logged(self, context: NodeContext) -> Any:
        """What a log may show."""
        if self._reader is None:
            return self._structure
        return None if self.is_missing(context) else self._reader.logged(context.variables)

    async def value(self, declared: StrategyParameter, memory: MemoryConfig | None, context: NodeContext) -> Any:
        """The value that the strategy gets; raises `NodeError` for one that does not fit its declaration."""
        if self.is_missing(context) and not declared.required:
            return declared.default
        value = self._structure if self._reader is None else self._reader.read(context.variables)
        if declared.type == "model-selector":
            return await _completed_model(_mapping(self.name, value), memory, context)
        if declared.type == "array[tools]":
            return await completed_tools(value, context)
        if self._reader is None:
            return plain_value(value, context.variables)
        return _cast(declared, value)


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and value.get("model"):
        return value
    message = f"The parameter {name} is no choice of a model"
    raise NodeError(message, error_type="AgentParameterError", hint="choose a model in the node")


def _cast(declared: StrategyParameter, value: Any) -> Any:
    """Texts as the type that the strategy declares; other values are typed already."""
    if not isinstance(value, str):
        return value
    try:
        if declared.type == "number":
            return int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
        if declared.type == "boolean":
            return _TRUTHS[value.strip().lower()]
    except (ValueError, KeyError):
        message = f"The parameter {declared.name} is no {declared.type}"
        raise NodeError(message, error_type="AgentParameterError", hint="correct the value") from None
    return value


async def _completed_model(
    value: Mapping[str, Any], memory: MemoryConfig | None, context: NodeContext
) -> dict[str, Any]:
    """The chosen model with what is known of it and the turns that it shall remember."""
    model = ModelConfig.model_validate(
        {
            "provider": value.get("provider") or "",
            "name": value["model"],
            "mode": value.get("mode"),
            "completion_params": value.get("completion_params"),
        }
    )
    models = await context.services.get(LanguageModels)
    try:
        schema = await models.schema(model.id, tenant_id=context.run.tenant_id)
    except ModelNotFoundError:  # the strategy says it better, in its own words
        return {**value, "history_prompt_messages": [], "entity": None}
    history = await recall(memory, model, schema, [], context)
    messages = [{"role": message.role, "content": message_text(message)} for message in history]
    return {**value, "provider": model.id.provider, "history_prompt_messages": messages, "entity": _entity(schema)}


def _entity(schema: LanguageModelSchema) -> dict[str, Any]:
    """The declaration of a model as strategies read it."""
    properties: dict[str, Any] = {"mode": schema.mode}
    if schema.context_size is not None:
        properties["context_size"] = schema.context_size
    return {
        "model": schema.model.name,
        "label": {"en_US": schema.model.name},
        "model_type": "llm",
        "features": sorted(feature.value for feature in schema.features),
        "fetch_from": "predefined-model",
        "model_properties": properties,
        "parameter_rules": [],
        "pricing": None,
        "deprecated": False,
    }
