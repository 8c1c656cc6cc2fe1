"""The plugin in a host: what it offers, collects and reads from its settings."""

import pytest

import dify_workflow
from dify_runtime_sdk import Interceptor, Plugin, hookimpl
from dify_runtime_sdk.workflow import NodeCall, NodeOffer, RunInfo, RunObserver, WorkflowError
from dify_workflow import Variable, WorkflowEngine, WorkflowSettings
from dify_workflow.plugin import WorkflowPlugin


def test_every_public_name_is_there():
    assert all(getattr(dify_workflow, name) is not None for name in dify_workflow.__all__)
    with pytest.raises(AttributeError):
        _ = dify_workflow.nothing_of_that_name


class Watch(RunObserver):
    def __init__(self):
        self.seen = []

    def observe(self, run, event):
        self.seen.append(type(event).__name__)


class Tag(Interceptor):
    call_type = NodeCall

    def __init__(self):
        self.calls = []

    async def around(self, call, proceed):
        self.calls.append(call.node.id)
        return await proceed(call)


def contributor(kit):
    class Contributor(Plugin):
        watch, tag = Watch(), Tag()

        @hookimpl
        def workflow_nodes(self):
            return [offer for offer in kit.offers if offer.type in {"start", "join", "end"}]

        @hookimpl
        def run_observers(self):
            return [self.watch]

        @hookimpl
        def interceptors(self):
            return [self.tag]

    return Contributor


async def test_the_engine_runs_with_what_plugins_contribute(kit, runtime):
    brings = contributor(kit)
    settings = {
        "WORKFLOW_MAX_EXECUTION_STEPS": 7,
        "WORKFLOW_MAX_EXECUTION_TIME": 8,
        "WORKFLOW_CALL_MAX_DEPTH": 9,
        "MAX_VARIABLE_SIZE": 100,
    }
    booted = await runtime({"workflow": WorkflowPlugin, "brings": brings}, settings=settings)
    engine = await booted.services.get(WorkflowEngine)
    assert (engine.limits.max_steps, engine.limits.max_seconds) == (7, 8)
    assert {"iteration", "iteration-start", "loop", "loop-start", "loop-end"} <= set(engine.registry.schemas())
    graph = engine.graph(kit.definition({"x": {"type": "join"}, "out": {"type": "end"}}, "start > x > out"))
    run = engine.run(graph, info=RunInfo(run_id="r", call_depth=9))
    names = [type(event).__name__ async for event in run.events()]
    assert brings.watch.seen == names
    assert brings.tag.calls == ["start", "x", "out"]
    with pytest.raises(WorkflowError, match="MAX_VARIABLE_SIZE"):
        engine.run(graph, info=RunInfo(run_id="r"), environment=[Variable("v", "x" * 100)])


def test_defaults_are_those_of_dify():
    settings = WorkflowSettings()
    assert settings.WORKFLOW_MAX_EXECUTION_STEPS == 500
    assert settings.WORKFLOW_MAX_EXECUTION_TIME == 1200
    assert settings.WORKFLOW_CALL_MAX_DEPTH == 5
    assert settings.MAX_VARIABLE_SIZE == 204_800


async def test_a_type_that_two_plugins_offer_fails_the_boot(kit, runtime):
    class Twice(Plugin):
        @hookimpl
        def workflow_nodes(self):
            return [NodeOffer("loop", "nobody.imports:This")]

    with pytest.raises(Exception, match="loop"):
        await runtime({"workflow": WorkflowPlugin, "twice": Twice})
