"""What an app names that plugins bring (models, tools, agent strategies), and which of it cannot be used here."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dify_runtime_sdk import Runtime
from dify_runtime_sdk.agents import AgentError, AgentStrategies, StrategyId
from dify_runtime_sdk.models import LanguageModels, ModelError, ModelId
from dify_runtime_sdk.tools import ToolError, ToolId, Tools
from dify_workflow.dsl import Document, model_plugin, tool_plugin

_MODEL_NODES: Final = frozenset({"llm", "question-classifier", "parameter-extractor"})


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that cannot be used: `plugin_id` names Dify's plugin of it, if it has one; `text` says what to do."""

    plugin_id: str | None
    text: str


class PluginCheck:
    """Asks the services of models, tools and strategies, as far as plugins offer them."""

    def __init__(self, runtime: Runtime) -> None:
        self._services = runtime.services

    async def warnings(self, document: Document, tenant_id: str) -> tuple[str, ...]:
        """Why parts of the app cannot be used in the workspace, one text each; they say what to install or add."""
        return tuple(dict.fromkeys([one.text async for one in self.missing(document, tenant_id)]))

    async def missing(self, document: Document, tenant_id: str) -> AsyncIterator[Missing]:
        """What cannot be used, in the order of the file."""
        for wanted in dict.fromkeys(plugins_used(document)):
            text = await self._problem(wanted, tenant_id)
            if text is not None:
                yield Missing(_plugin(wanted), text)

    async def _problem(self, wanted: "Used", tenant_id: str) -> str | None:
        service, what, distribution = _SERVICES[type(wanted)]
        if not self._services.offered(service):
            return f"no plugin offers {what}: {_name(wanted)!r} cannot be used (install {distribution})"
        try:
            await (await self._services.get(service)).schema(wanted, tenant_id=tenant_id)
        except (ModelError, ToolError, AgentError) as error:
            return str(error)
        return None


type Used = ModelId | ToolId | StrategyId
"""What an app can name that plugins bring."""

_SERVICES: Final[dict[type[Any], tuple[type[Any], str, str]]] = {
    ModelId: (LanguageModels, "models", "dify-runtime-models"),
    ToolId: (Tools, "tools", "dify-runtime-tools"),
    StrategyId: (AgentStrategies, "agent strategies", "dify-runtime-agents"),
}
"""Whom to ask, what that is called, and which distribution offers it."""


def plugins_used(document: Document) -> Iterator[Used]:
    """The models, tools and strategies that a file names, in its order."""
    if document.model_config is not None:
        yield from _model(document.raw["model_config"].get("model"))
        for tool in document.model_config.agent_mode.usable_tools:
            yield from _tool(tool.provider_type, tool.provider_id, tool.tool_name)
    for node in document.graph.get("nodes") or ():
        yield from _of_node(node.get("data") or {})


def _of_node(data: Mapping[str, Any]) -> Iterator[Used]:
    kind = data.get("type")
    if kind in _MODEL_NODES:
        yield from _model(data.get("model"))
    elif kind == "tool":
        yield from _tool(data.get("provider_type"), data.get("provider_id"), data.get("tool_name"))
    elif kind == "agent":
        yield from _of_agent(data)


def _of_agent(data: Mapping[str, Any]) -> Iterator[Used]:
    provider, name = data.get("agent_strategy_provider_name"), data.get("agent_strategy_name")
    if isinstance(provider, str) and provider:
        yield StrategyId(provider=provider, name=str(name or ""))
    parameters = data.get("agent_parameters")
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        value = parameter.get("value") if isinstance(parameter, dict) else None
        if isinstance(value, dict) and "model" in value:
            yield from _model({**value, "name": value["model"]})
        for tool in value if isinstance(value, list) else ():
            if isinstance(tool, dict) and tool.get("enabled"):
                kind = tool.get("type") or tool.get("provider_type") or "builtin"
                yield from _tool(kind, tool.get("provider_name") or tool.get("provider_id"), tool.get("tool_name"))


def _model(value: Any) -> Iterator[ModelId]:
    if isinstance(value, dict) and isinstance(provider := value.get("provider"), str) and provider:
        name = value.get("name")
        yield ModelId(provider, name if isinstance(name, str) else "")


def _tool(kind: Any, provider: Any, name: Any) -> Iterator[ToolId]:
    if isinstance(provider, str) and provider and isinstance(name, str) and name:
        yield ToolId(provider_type=kind or "builtin", provider_id=provider, name=name)


def _plugin(wanted: Used) -> str | None:
    if isinstance(wanted, ModelId):
        return model_plugin(wanted.provider)
    if isinstance(wanted, ToolId):
        return tool_plugin(wanted.provider_id, wanted.provider_type)
    return tool_plugin(wanted.provider)


def _name(wanted: Used) -> str:
    if isinstance(wanted, ModelId):
        return f"{wanted.provider}/{wanted.name}"
    return f"{wanted.provider_id if isinstance(wanted, ToolId) else wanted.provider}/{wanted.name}"
