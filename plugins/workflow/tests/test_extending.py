"""What plugins add around runs and nodes: an observer that traces, a quota, a cache and a redaction."""

import pytest

from dify_runtime_sdk import Interceptor, Plugin, hookimpl
from dify_runtime_sdk.workflow import (
    GraphRunSucceeded,
    NodeCall,
    NodeError,
    NodeResult,
    NodeRunFinished,
    NodeRunStarted,
    RunCall,
    RunInfo,
    RunObserver,
    WorkflowError,
)
from dify_workflow import WorkflowEngine
from dify_workflow.plugin import WorkflowPlugin


class Spans(RunObserver):
    """Traces: a span per node, with its duration and its run."""

    def __init__(self):
        self.open, self.spans = {}, []

    def observe(self, run, event):
        if isinstance(event, NodeRunStarted):
            self.open[event.id] = event.node_title
        elif isinstance(event, NodeRunFinished):
            took = event.finished_at - event.start_at
            self.spans.append((run.run_id, self.open.pop(event.id), event.result.status.value, took >= 0))


class Broken(RunObserver):
    """Fails, which must not matter to a run."""

    def observe(self, run, event):
        raise RuntimeError("the collector is away")


class Quota(Interceptor):
    """So many runs per workspace."""

    call_type = RunCall

    def __init__(self, runs):
        self.left = runs

    async def around_stream(self, call, proceed):
        if not self.left:
            raise WorkflowError("the workspace has no runs left")
        self.left -= 1
        async for event in proceed(call):
            yield event


class Cache(Interceptor):
    """Answers for a node that has run with the same rendered text."""

    call_type = NodeCall

    def __init__(self):
        self.kept, self.hits = {}, 0

    async def around(self, call, proceed):
        if call.node.type != "join":
            return await proceed(call)
        key = (call.node.id, call.context.variables.render(call.node.template))
        if key not in self.kept:
            self.kept[key] = await proceed(call)
            return self.kept[key]
        self.hits += 1
        return NodeResult(outputs=self.kept[key].outputs)


class Redact(Interceptor):
    """Takes a word out of the failures of nodes."""

    call_type = NodeCall

    async def around(self, call, proceed):
        try:
            return await proceed(call)
        except NodeError as error:
            raise NodeError(error.message.replace("hunter2", "***"), error_type=error.error_type) from None


@pytest.fixture
async def boot(kit, runtime):
    """Boot the engine with the kit's nodes, and with these observers and interceptors."""

    async def make(*, observers=(), interceptors=()):
        class Brings(Plugin):
            @hookimpl
            def workflow_nodes(self):
                return kit.offers

            @hookimpl
            def run_observers(self):
                return observers

            @hookimpl
            def interceptors(self):
                return interceptors

        booted = await runtime({"workflow": WorkflowPlugin, "brings": Brings}, roles=("job",))
        engine = await booted.services.get(WorkflowEngine)
        nodes = {"x": {"type": "join", "text": "{{#start.name#}}!"}, "boom": {"type": "script"}}
        graph = engine.graph(kit.definition(nodes, "start > x > boom"))

        async def play(run_id="r", **inputs):
            return [event async for event in engine.run(graph, info=RunInfo(run_id=run_id), inputs=inputs).events()]

        return play

    kit.scripts["boom"] = lambda context: {"output": "done"}
    return make


async def test_an_observer_traces_every_node(boot):
    spans = Spans()
    play = await boot(observers=[spans])
    await play("one", name="a")
    assert spans.spans == [("one", name, "succeeded", True) for name in ("start", "x", "boom")]


async def test_an_observer_that_fails_changes_nothing(boot, caplog):
    spans = Spans()
    play = await boot(observers=[Broken(), spans])
    assert isinstance((await play(name="a"))[-1], GraphRunSucceeded)
    assert len(spans.spans) == 3
    assert "the collector is away" in caplog.text


async def test_a_quota_refuses_runs(boot):
    play = await boot(interceptors=[Quota(1)])
    assert isinstance((await play(name="a"))[-1], GraphRunSucceeded)
    with pytest.raises(WorkflowError, match="no runs left"):
        await play(name="a")


async def test_a_cache_answers_without_the_node(boot):
    cache = Cache()
    play = await boot(interceptors=[cache])
    for name, hits in (("a", 0), ("a", 1), ("b", 1), ("a", 2)):
        finished = [event for event in await play(name=name) if isinstance(event, NodeRunFinished)]
        assert finished[1].result.outputs == {"output": f"{name}!"}
        assert cache.hits == hits


async def test_a_redaction_changes_failures(boot, kit):
    def fails(context):
        raise NodeError("the password hunter2 is wrong")

    kit.scripts["boom"] = fails
    play = await boot(interceptors=[Redact()])
    assert (await play(name="a"))[-1].error == "the password *** is wrong"
