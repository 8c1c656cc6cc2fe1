"""Which plugins an app needs: what it declares, and what its nodes and its configuration name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from .document import Document
from .graph import data_of, dig, mappings, nodes_of

ORGANISATION: Final = "langgenius"
"""Whose plugins bare names mean."""

_RENAMED_MODELS: Final = {"google": "gemini"}
_RENAMED_TOOLS: Final = frozenset({"jina", "siliconflow", "stepfun", "gitee_ai"})
_NOT_PLUGINS: Final = frozenset({"api", "app", "dataset-retrieval", "mcp", "workflow"})
"""Kinds of tools that a workspace defines for itself."""

_MODEL_NODES: Final = frozenset({"llm", "question-classifier", "parameter-extractor"})


@dataclass(frozen=True, slots=True)
class PluginReference:
    """A place that names a plugin.

    `analysed` tells whether the dependency analysis of Dify looks there: it leaves out agents, data sources, triggers
    and the models of knowledge bases. `node_id` is None in a `model_config`.
    """

    plugin_id: str
    node_id: str | None = None
    analysed: bool = True


def plugin_references(document: Document) -> tuple[PluginReference, ...]:
    """Every place of a document that names a plugin, in the order of the file."""
    found = [
        PluginReference(plugin_id, node["id"], analysed)
        for node in nodes_of(document)
        for plugin_id, analysed in _of_node(data_of(node))
    ]
    found += [PluginReference(plugin_id, None, analysed) for plugin_id, analysed in _of_config(document)]
    return tuple(found)


def analysed_plugins(document: Document) -> list[str]:
    """The ids, sorted, that Dify's analysis finds in a file without `dependencies`.

    With one difference: it takes the id of a tool that the workspace defines itself (an API, a workflow, an MCP server)
    for the name of a plugin. Such tools come with no plugin, and are left out here.
    """
    return sorted({reference.plugin_id for reference in plugin_references(document) if reference.analysed})


def required_plugins(document: Document) -> list[str]:
    """The ids, sorted, of all plugins that a document declares or names."""
    declared = {dependency.plugin_id for dependency in document.dependencies if dependency.plugin_id}
    return sorted(declared | {reference.plugin_id for reference in plugin_references(document)})


def model_plugin(provider: Any) -> str | None:
    """The plugin of a model provider, `author/plugin/provider` or a bare name; None where there is none."""
    plugin_id = _plugin_id(provider)
    if plugin_id is None:
        return None
    author, name = plugin_id.split("/")
    return f"{author}/{_RENAMED_MODELS.get(name, name)}" if author == ORGANISATION else plugin_id


def tool_plugin(provider: Any, provider_type: Any = None) -> str | None:
    """The plugin of a tool provider; None where the workspace defines the tool itself."""
    if provider_type in _NOT_PLUGINS or (plugin_id := _plugin_id(provider)) is None:
        return None
    author, name = plugin_id.split("/")
    return f"{plugin_id}_tool" if author == ORGANISATION and name in _RENAMED_TOOLS else plugin_id


def _plugin_id(provider: Any) -> str | None:
    parts = provider.split("/") if isinstance(provider, str) else []
    if not all(parts) or _is_uuid(parts):
        return None
    if len(parts) == 1:
        return f"{ORGANISATION}/{parts[0]}"
    return "/".join(parts[:2]) if parts else None


def _is_uuid(parts: list[str]) -> bool:
    try:
        return len(parts) == 1 and bool(UUID(parts[0]))
    except ValueError:
        return False


def _of_node(data: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Plugins that a node names, each with whether Dify's analysis would find it."""
    kind = data.get("type")
    if kind == "tool":
        yield from _known(tool_plugin(data.get("provider_id"), data.get("provider_type")))
    elif kind in _MODEL_NODES:
        yield from _known(model_plugin(dig(data, "model", "provider")))
    elif kind == "knowledge-retrieval":
        yield from _known(model_plugin(_retrieval_provider(data)))
    elif kind == "knowledge-index":
        yield from _known(model_plugin(data.get("embedding_model_provider")), analysed=False)
        yield from _known(model_plugin(_index_reranker(data)), analysed=False)
    elif kind == "datasource" and data.get("provider_type") != "local_file":
        yield from _known(_plugin_id(data.get("plugin_id")), analysed=False)
    elif kind == "trigger-plugin":
        yield from _known(_plugin_id(data.get("plugin_id") or data.get("provider_id")), analysed=False)
    elif kind == "agent":
        yield from _of_agent(data)


def _of_agent(data: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    yield from _known(_plugin_id(data.get("agent_strategy_provider_name")), analysed=False)
    parameters = data.get("agent_parameters")
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        value = dig(parameter, "value")
        yield from _known(model_plugin(dig(value, "provider")), analysed=False)
        for tool in mappings(value):
            provider = tool.get("provider_name") or tool.get("provider_id")
            yield from _known(tool_plugin(provider, tool.get("type") or tool.get("provider_type")), analysed=False)


def _retrieval_provider(data: dict[str, Any]) -> Any:
    """The provider of the model that a knowledge node uses, by its mode of retrieval."""
    if data.get("retrieval_mode") == "single":
        return dig(data, "single_retrieval_config", "model", "provider")
    config = data.get("multiple_retrieval_config")
    if dig(config, "reranking_mode") == "weighted_score":
        return dig(config, "weights", "vector_setting", "embedding_provider_name")
    return dig(config, "reranking_model", "provider")


def _index_reranker(data: dict[str, Any]) -> Any:
    retrieval = data.get("retrieval_model")
    if not dig(retrieval, "reranking_enable"):
        return None
    return dig(retrieval, "reranking_model", "reranking_provider_name")


def _of_config(document: Document) -> Iterator[tuple[str, bool]]:
    config = document.model_config
    if config is None:
        return
    yield from _known(model_plugin(config.model.provider))
    for tool in config.agent_mode.tools:
        yield from _known(tool_plugin(tool.provider_id, tool.provider_type))
    yield from _known(model_plugin(config.dataset_configs.reranking_model.reranking_provider_name), analysed=False)


def _known(plugin_id: str | None, *, analysed: bool = True) -> Iterator[tuple[str, bool]]:
    if plugin_id is not None:
        yield plugin_id, analysed
