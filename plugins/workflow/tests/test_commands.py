"""Abort, pause, update, and going on after a pause."""

import asyncio

import pytest

from dify_runtime_sdk.workflow import GraphRunAborted, GraphRunPaused, NodeRunPauseRequested, PauseReason, VariableType
from dify_workflow import MemoryJournal, Run, RunLimits, Variable, WorkflowEngine

ASK = {
    "ask": {"type": "ask"},
    "yes": {"type": "answer", "answer": "did {{#side.text#}}"},
    "no": {"type": "answer", "answer": "did not"},
    "side": {"type": "talk", "chunks": ["a", "b"]},
}
EDGES = ("start > side > yes", "start > ask:yes > yes", "ask:no > no")


async def play_until(run, name, kit, act):
    events = []
    async for event in run.events():
        events.append(event)
        if kit.names([event]) == [name]:
            act(run)
    return events


async def test_an_abort_stops_what_runs_and_starts_nothing(kit):
    stopped = asyncio.Event()

    async def hangs(context):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    kit.script(hangs)
    graph = kit.graph({"hangs": {"type": "script"}, "x": {"type": "join"}}, "start > hangs > x")
    run = kit.run(graph)
    events = await play_until(run, "Started hangs", kit, lambda run: run.abort("enough"))
    assert stopped.is_set()
    assert events[-1] == GraphRunAborted(reason="Aborted: enough")
    assert (run.outcome.status, run.outcome.error) == ("stopped", "Aborted: enough")
    assert "Started x" not in kit.names(events)


async def test_an_abort_reaches_the_inside_of_containers(kit):
    async def hangs(context):
        await asyncio.Event().wait()

    kit.script(hangs)
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["hangs", "x"],
            "start_node_id": "its",
            "is_parallel": True,
        },
        "its": {"type": "iteration-start"},
        "hangs": {"type": "script"},
    }
    run = kit.run(kit.graph(nodes, "start > it", "its > hangs"), inputs={"items": [1, 2, 3]})
    events = await play_until(run, "IterationNext it 2", kit, lambda run: run.abort())
    assert isinstance(events[-1], GraphRunAborted)


async def test_an_abort_before_the_first_event_runs_nothing(kit):
    run = kit.run(kit.graph({"x": {"type": "join"}}, "start > x"))
    run.abort("early")
    events = [event async for event in run.events()]
    assert kit.names(events) == ["Run Started", "Run Aborted"]


async def test_an_abort_outranks_a_failure_and_a_pause(kit):
    run = kit.run(kit.graph({"x": {"type": "join"}}, "start > x"))
    run.pause("first")
    run.abort("second")
    events = [event async for event in run.events()]
    assert isinstance(events[-1], GraphRunAborted)


async def test_a_pause_lets_running_nodes_end_and_the_run_goes_on_later(kit):
    journal = MemoryJournal()
    graph = kit.graph({n: {"type": "join", "text": n} for n in "ab"}, "start > a > b")
    run = kit.run(graph, journal=journal)
    events = await play_until(run, "Started a", kit, lambda run: run.pause("tea"))
    assert kit.names(events)[-2:] == ["Succeeded a", "Run Paused"]
    assert events[-1].reasons == (PauseReason(type="scheduled_pause", message="tea"),)
    assert run.outcome.status == "paused"
    more = await Run.resume(graph, journal)
    assert kit.names([event async for event in more.events()]) == [
        "Run Started",
        "Started b",
        "Succeeded b",
        "Run Succeeded",
    ]
    assert (more.outcome.status, more.outcome.total_steps) == ("succeeded", 3)


async def answered(kit, journal, graph, choice):
    run = await Run.resume(graph, journal)
    if choice:
        run.update_variables({("ask", "choice"): choice})
    return run, [event async for event in run.events()]


async def test_a_node_that_waits_for_a_human_pauses_the_run_and_is_started_again(kit):
    journal = MemoryJournal()
    graph = kit.graph(ASK, *EDGES)
    _run, events = await kit.play(graph, journal=journal)
    assert isinstance(events[-1], GraphRunPaused)
    reason = PauseReason(type="human_input_required", node_id="ask", form_id="form")
    assert events[-1].reasons == (reason,)
    (asked,) = [event for event in events if isinstance(event, NodeRunPauseRequested)]
    assert asked.reason == reason
    assert "Succeeded side" in kit.names(events), "running nodes end before the run stands still"
    assert kit.told(events) == "did ab", "one way to it holds no branch"

    _again, events = await answered(kit, journal, graph, None)
    assert kit.names(events) == ["Run Started", "Started ask", "PauseRequested ask", "Run Paused"]
    assert events[1].id == asked.id, "the same execution goes on"

    done, events = await answered(kit, journal, graph, "yes")
    assert kit.told(events) == "", "what was streamed before the pause is not streamed again"
    assert done.outcome.outputs == {"answer": "did ab", "files": []}
    assert done.outcome.status == "succeeded"


async def test_a_pause_inside_an_iteration_keeps_the_items_that_are_done(kit):
    ran = []

    def n(context):
        item = context.variables.get(("it", "item"))
        if item == "ask" and not context.variables.has(("go", "on")):
            return PauseReason(type="human_input_required", node_id="n")
        ran.append(item)
        return {"output": item}

    kit.script(n)
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["n", "output"],
            "start_node_id": "its",
        },
        "its": {"type": "iteration-start"},
        "n": {"type": "script"},
        "out": {"type": "end", "outputs": {"o": ["it", "output"]}},
    }
    graph = kit.graph(nodes, "start > it > out", "its > n")
    journal = MemoryJournal()
    run, _ = await kit.play(graph, inputs={"items": ["a", "ask", "c"]}, journal=journal)
    assert run.outcome.status == "paused"
    more = await Run.resume(graph, journal)
    more.update_variables({("go", "on"): True})
    events = [event async for event in more.events()]
    assert more.outcome.outputs == {"o": ["a", "ask", "c"]}
    assert ran == ["a", "ask", "c"]
    assert kit.names(events)[:2] == ["Run Started", "Started n"]


async def test_updates_are_seen_by_later_nodes_and_survive_a_restart(kit):
    journal = MemoryJournal()
    graph = kit.graph(
        {"ask": {"type": "ask"}, "x": {"type": "end", "outputs": {"o": ["conversation", "v"]}}}, "start > ask:go > x"
    )
    run = kit.run(graph, journal=journal, conversation=[Variable("v", 1, VariableType.NUMBER)])
    run.update_variables({("conversation", "v"): 2})
    _ = [event async for event in run.events()]
    more, _ = await answered(kit, journal, graph, "go")
    assert more.outcome.outputs == {"o": 2}
    assert more.outcome.conversation == {"v": 2}


async def test_only_whole_variables_are_updated(kit):
    from dify_runtime_sdk.workflow import WorkflowError

    run = kit.run(kit.graph({"x": {"type": "join"}}, "start > x"))
    with pytest.raises(WorkflowError, match="two parts"):
        run.update_variables({("a", "b", "c"): 1})


async def test_more_steps_than_allowed_abort_the_run(kit):
    nodes = {n: {"type": "join"} for n in "abcd"}
    graph = kit.graph(nodes, "start > a > b > c > d")
    run, events = await kit.play(graph, limits=RunLimits(max_steps=3))
    assert events[-1].reason == "Aborted: Maximum execution steps exceeded: 4 > 3"
    assert run.outcome.status == "stopped"
    assert kit.names(events)[-2] == "Succeeded c"


async def test_steps_inside_containers_and_retries_count(kit):
    kit.fails("n", times=2)
    retry = {"retry_enabled": True, "max_retries": 5}
    nodes = {
        "lp": {
            "type": "loop",
            "loop_count": 5,
            "break_conditions": [],
            "logical_operator": "and",
            "start_node_id": "ls",
        },
        "ls": {"type": "loop-start"},
        "n": {"type": "script", "retry_config": retry},
    }
    graph = kit.graph(nodes, "start > lp", "ls > n")
    run, _ = await kit.play(graph, limits=RunLimits(max_steps=9))
    assert run.outcome.status == "succeeded"
    kit.fails("n", times=2)
    run, events = await kit.play(graph, limits=RunLimits(max_steps=8))
    assert events[-1].reason == "Aborted: Maximum execution steps exceeded: 9 > 8"


class Clock:
    """A clock that tests turn; who sleeps wakes when its time has come."""

    def __init__(self):
        self.now = 1000.0
        self._turned = asyncio.Event()

    def time(self):
        return self.now

    def turn(self, seconds):
        self.now += seconds
        self._turned.set()
        self._turned = asyncio.Event()

    async def sleep(self, seconds):
        until = self.now + seconds
        while self.now < until:
            await self._turned.wait()


async def test_a_run_over_its_time_is_aborted_also_while_a_node_hangs(kit):
    clock = Clock()

    async def hangs(context):
        for _ in range(5):  # by then the run watches its time
            await asyncio.sleep(0)
        clock.turn(11)
        await asyncio.Event().wait()

    kit.script(hangs)
    graph = kit.graph({"hangs": {"type": "script"}}, "start > hangs")
    run, events = await kit.play(graph, clock=clock, limits=RunLimits(max_seconds=10))
    assert events[-1].reason == "Aborted: Maximum execution time exceeded: 11.00s > 10s"
    assert run.outcome.elapsed == 11.0


async def test_nodes_that_never_wait_are_timed_as_they_end(kit):
    clock = Clock()
    kit.scripts["n"] = lambda context: clock.turn(6) or {}
    graph = kit.graph({"a": {"type": "script", "do": "n"}, "b": {"type": "script", "do": "n"}}, "start > a > b")
    _, events = await kit.play(graph, clock=clock, limits=RunLimits(max_seconds=10))
    assert events[-1].reason == "Aborted: Maximum execution time exceeded: 12.00s > 10s"


async def test_the_time_of_a_pause_does_not_count(kit):
    clock = Clock()
    journal = MemoryJournal()
    graph = kit.graph(ASK, *EDGES)
    await kit.play(graph, journal=journal, clock=clock)
    clock.turn(10_000)
    run = await Run.resume(graph, journal, clock=clock, limits=RunLimits(max_seconds=10))
    run.update_variables({("ask", "choice"): "no"})
    events = [event async for event in run.events()]
    assert kit.names(events)[-1] == "Run Succeeded"
    assert run.outcome.elapsed == 0.0


async def test_steps_go_on_counting_after_a_restart(kit):
    journal = MemoryJournal()
    graph = kit.graph(ASK, *EDGES)
    await kit.play(graph, journal=journal)
    run = await Run.resume(graph, journal, limits=RunLimits(max_steps=3))
    run.update_variables({("ask", "choice"): "no"})
    events = [event async for event in run.events()]
    assert events[-1].reason.startswith("Aborted: Maximum execution steps exceeded: 4 > 3")


async def test_calls_may_not_nest_too_deeply(kit):
    from dify_runtime_sdk.workflow import RunInfo
    from dify_workflow import CallDepthError

    engine = WorkflowEngine(kit.registry)
    graph = engine.graph(kit.definition({"x": {"type": "join"}}, "start > x"))
    assert engine.run(graph, info=RunInfo(run_id="r", call_depth=5))
    with pytest.raises(CallDepthError, match=r"Max workflow call depth 5 reached\."):
        engine.run(graph, info=RunInfo(run_id="r", call_depth=6))
