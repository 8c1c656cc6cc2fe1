"""Plugins that files need."""

import pytest

from dify_workflow.dsl import analysed_plugins, from_mapping, plugin_references, required_plugins
from dify_workflow.dsl.plugins import model_plugin, tool_plugin

TOOL_ID = "5f1b2c3d-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    ("provider", "plugin"),
    [
        ("acme/models/large", "acme/models"),
        ("acme/models", "acme/models"),
        ("openai", "langgenius/openai"),
        ("google", "langgenius/gemini"),
        ("langgenius/google/google", "langgenius/gemini"),
        ("acme/google/google", "acme/google"),
        ("", None),
        ("acme//x", None),
        (None, None),
        (7, None),
    ],
)
def test_a_model_provider_names_its_plugin(provider, plugin):
    assert model_plugin(provider) == plugin


@pytest.mark.parametrize(
    ("provider", "kind", "plugin"),
    [
        ("time", "builtin", "langgenius/time"),
        ("google", "builtin", "langgenius/google"),
        ("jina", "builtin", "langgenius/jina_tool"),
        ("langgenius/stepfun/stepfun", "builtin", "langgenius/stepfun_tool"),
        ("acme/jina/jina", "builtin", "acme/jina"),
        (TOOL_ID, None, None),
        ("my-api", "api", None),
        ("my-flow", "workflow", None),
        ("server", "mcp", None),
        (None, "builtin", None),
    ],
)
def test_a_tool_provider_names_its_plugin_unless_the_workspace_defines_it(provider, kind, plugin):
    assert tool_plugin(provider, kind) == plugin


def model(provider):
    return {"provider": provider, "name": "m"}


def retrieval(mode, **config):
    return {"dataset_ids": [], "retrieval_mode": mode, f"{mode}_retrieval_config": config}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("tool", {"provider_id": "acme/box/tool", "provider_type": "builtin"}),
        ("llm", {"model": model("acme/box/model")}),
        ("question-classifier", {"model": model("acme/box/model")}),
        ("parameter-extractor", {"model": model("acme/box/model")}),
        ("knowledge-retrieval", retrieval("single", model=model("acme/box/model"))),
        (
            "knowledge-retrieval",
            retrieval("multiple", reranking_mode="reranking_model", reranking_model=model("acme/box/model")),
        ),
        (
            "knowledge-retrieval",
            retrieval(
                "multiple",
                reranking_mode="weighted_score",
                reranking_model=model("acme/other/model"),
                weights={"vector_setting": {"embedding_provider_name": "acme/box/model"}},
            ),
        ),
    ],
)
def test_the_analysis_finds_tools_and_models(workflow, node, kind, data):
    assert analysed_plugins(from_mapping(workflow(node("n", kind, **data)))) == ["acme/box"]


AGENT = {
    "agent_strategy_provider_name": "acme/strategies/agent",
    "agent_parameters": {
        "model": {"type": "constant", "value": model("acme/models/m")},
        "tools": {"type": "constant", "value": [{"provider_name": "acme/tools/t", "type": "builtin"}, 1]},
        "text": {"type": "constant", "value": "x"},
    },
}


@pytest.mark.parametrize(
    ("kind", "data", "plugins"),
    [
        ("agent", AGENT, ["acme/models", "acme/strategies", "acme/tools"]),
        ("agent", {"agent_parameters": None}, []),
        ("datasource", {"plugin_id": "acme/drive", "provider_type": "online_drive"}, ["acme/drive"]),
        ("datasource", {"plugin_id": "langgenius/file", "provider_type": "local_file"}, []),
        ("trigger-plugin", {"plugin_id": "acme/mail"}, ["acme/mail"]),
        ("trigger-plugin", {"provider_id": "acme/mail/mail"}, ["acme/mail"]),
        ("knowledge-index", {"embedding_model_provider": "acme/embed/e"}, ["acme/embed"]),
        (
            "knowledge-index",
            {"retrieval_model": {"reranking_enable": True, "reranking_model": {"reranking_provider_name": "acme/r/r"}}},
            ["acme/r"],
        ),
    ],
)
def test_required_plugins_are_more_than_the_analysis_finds(workflow, node, kind, data, plugins):
    raw = workflow(node("n", kind, **data))
    raw["workflow"]["graph"]["nodes"].pop(0)
    document = from_mapping(raw)
    assert analysed_plugins(document) == []
    assert required_plugins(document) == plugins


def test_declared_dependencies_are_required(workflow):
    kinds = {
        "marketplace": {"marketplace_plugin_unique_identifier": "acme/a:1@x"},
        "github": {"github_plugin_unique_identifier": "acme/b:1@x", "repo": "acme/b", "version": "1", "package": "b"},
        "package": {"plugin_unique_identifier": "acme/c:1@x"},
        "carrier-pigeon": {"ring": 7},
    }
    items = [{"type": kind, "value": value, "current_identifier": None} for kind, value in kinds.items()]
    document = from_mapping(workflow() | {"dependencies": items})
    assert [item.plugin_id for item in document.dependencies] == ["acme/a", "acme/b", "acme/c", None]
    assert required_plugins(document) == ["acme/a", "acme/b", "acme/c"]


def test_a_model_config_names_its_model_and_tools(chat):
    tools = [
        {"provider_id": "yahoo", "provider_type": "builtin", "tool_name": "t", "tool_parameters": {}},
        {"provider_id": TOOL_ID, "provider_type": "api", "tool_name": "t", "tool_parameters": {}},
        {"dataset": {"enabled": True, "id": "d"}},
    ]
    reranker = {"reranking_model": {"reranking_provider_name": "acme/rank/r"}}
    document = from_mapping(chat("agent-chat", agent_mode={"enabled": True, "tools": tools}, dataset_configs=reranker))
    assert analysed_plugins(document) == ["acme/models", "langgenius/yahoo"]
    assert required_plugins(document) == ["acme/models", "acme/rank", "langgenius/yahoo"]


def test_a_reference_names_its_node(workflow, node):
    document = from_mapping(workflow(node("n", "llm", model=model("acme/box/model"))))
    assert [(item.plugin_id, item.node_id) for item in plugin_references(document)] == [("acme/box", "n")]
