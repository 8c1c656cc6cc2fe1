"""The plugin: what it offers to the engine."""

import subprocess
import sys

import pytest

from dify_nodes import NodesSettings
from dify_nodes.offers import node_offers
from dify_nodes.plugin import NodesPlugin
from dify_workflow import NodeRegistry, WorkflowEngine
from dify_workflow.plugin import WorkflowPlugin

TYPES = {
    "start",
    "end",
    "answer",
    "if-else",
    "template-transform",
    "code",
    "variable-aggregator",
    "assigner",
    "list-operator",
    "document-extractor",
    "human-input",
    "trigger-webhook",
    "trigger-schedule",
    "trigger-plugin",
    "llm",
    "question-classifier",
    "parameter-extractor",
    "knowledge-retrieval",
    "tool",
    "agent",
    "http-request",
}
OFFERS = node_offers(NodesSettings())
NODE_TYPES = {(found.node.type, found.node.version): found.node for found in NodeRegistry(OFFERS)}


def test_every_type_and_version_is_offered_once_and_is_what_its_offer_says():
    assert {offer.type for offer in OFFERS} == TYPES
    assert sorted(NODE_TYPES) == sorted((offer.type, offer.version) for offer in OFFERS)
    assert len(NODE_TYPES) == len(TYPES) + 1  # the assigner has two versions


def test_the_aggregator_goes_by_its_older_name_too():
    registry = NodeRegistry(OFFERS)
    assert registry.find("variable-assigner", "1") == registry.find("variable-aggregator", "1")


@pytest.mark.parametrize("name", sorted(NODE_TYPES))
def test_the_reference_can_be_made_of_every_configuration(name):
    schema = NODE_TYPES[name].config_type.model_json_schema()

    assert {"type", "title"} <= set(schema["required"])
    assert schema["description"]


def test_retries_act_on_what_calls_out_alone():
    assert {kind for (kind, _), node in NODE_TYPES.items() if node.retryable} == {"llm", "tool", "http-request", "code"}


async def test_the_plugin_nodes_offers_them_to_the_engine(runtime):
    booted = await runtime({"workflow": WorkflowPlugin, "nodes": NodesPlugin})
    registry = (await booted.services.get(WorkflowEngine)).registry
    assert {offer.type for offer in registry.offers()} > TYPES


async def test_without_an_engine_the_plugin_does_nothing(runtime):
    booted = await runtime({"nodes": NodesPlugin}, settings={"CODE_MAX_DEPTH": 7})
    assert booted.settings(NodesSettings).CODE_MAX_DEPTH == 7


def test_an_offer_imports_no_node():
    code = """if True:
        import sys, dify_nodes.plugin, dify_nodes.offers
        print(*(name for name in sys.modules if name.startswith("dify_nodes")))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"dify_nodes", "dify_nodes.offers", "dify_nodes.plugin", "dify_nodes.settings"}
