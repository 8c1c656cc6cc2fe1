"""The plugin: what it offers to the engine."""

from collections.abc import Iterable

from dify_nodes import NodesSettings, local
from dify_nodes.plugin import NodesPlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.workflow import NodeOffer, WorkflowHooks

LOCAL = {
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
}


REMOTE = {
    "llm",
    "question-classifier",
    "parameter-extractor",
    "knowledge-retrieval",
    "tool",
    "agent",
    "http-request",
}


class EnginePlugin(Plugin):
    """Owns the extension point, in place of the engine."""

    offers: Iterable[NodeOffer] = ()

    @hookimpl
    def extension_points(self):
        return [WorkflowHooks]

    @hookimpl
    def finish(self, runtime):
        type(self).offers = [offer for _, offer in runtime.contributions("workflow_nodes")]


def test_every_type_and_version_is_offered_once():
    offered = [(offer.node.type, offer.node.version) for offer in local.offers(NodesSettings())]
    assert {kind for kind, _ in offered} == LOCAL
    assert len(offered) == len(set(offered)) == len(LOCAL) + 1  # the assigner has two versions


async def test_the_plugin_nodes_offers_them_to_the_engine(runtime):
    await runtime({"workflow": EnginePlugin, "nodes": NodesPlugin})
    assert {offer.node.type for offer in EnginePlugin.offers} == LOCAL | REMOTE


async def test_without_an_engine_the_plugin_does_nothing(runtime):
    booted = await runtime({"nodes": NodesPlugin}, settings={"CODE_MAX_DEPTH": 7})
    assert booted.settings(NodesSettings).CODE_MAX_DEPTH == 7
