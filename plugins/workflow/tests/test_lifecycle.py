"""What surrounds a run: readers, observers, interceptors, cancellation, other work on the loop."""

import asyncio
import logging
from contextlib import aclosing

import pytest

from dify_runtime_sdk import Interceptor, ServiceError
from dify_runtime_sdk.workflow import NodeCall, NodeResult, RunCall, RunObserver, WorkflowError


def hanging(kit, ended):
    async def hangs(context):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(context.execution_id)

    kit.script(hangs)
    return kit.graph(
        {"a": {"type": "script", "do": "hangs"}, "b": {"type": "script", "do": "hangs"}}, "start > a", "start > b"
    )


async def test_a_reader_that_stops_stops_the_nodes(kit):
    ended = []
    run = kit.run(hanging(kit, ended))
    async with aclosing(run.events()) as events:
        async for event in events:
            if kit.names([event]) == ["Started b"]:
                break
    assert len(ended) == 2


async def test_a_reader_that_is_cancelled_stops_the_nodes(kit):
    ended, begun = [], asyncio.Event()
    run = kit.run(hanging(kit, ended))

    async def read():
        async with aclosing(run.events()) as events:
            async for event in events:
                if kit.names([event]) == ["Started b"]:
                    begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(ended) == 2
    assert len(asyncio.all_tasks()) == 1


async def test_cancelled_at_every_await_nothing_is_left_behind(kit):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["t", "text"],
            "start_node_id": "its",
            "is_parallel": True,
        },
        "its": {"type": "iteration-start"},
        "t": {"type": "talk", "chunks": ["a", "b"]},
        "u": {"type": "talk", "chunks": ["c"]},
    }
    graph = kit.graph(nodes, "start > it", "start > u", "its > t")
    for turns in range(40):
        task = asyncio.create_task(kit.play(graph, inputs={"items": [1, 2]}))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            assert turns > 3
            break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
    else:
        pytest.fail("the run never ended")


async def test_a_node_that_will_not_be_cancelled_is_left_behind_with_a_warning(kit, monkeypatch, caplog):
    monkeypatch.setattr("dify_workflow.run.tasks._GRACE", 0.01)
    release = asyncio.Event()

    async def stubborn(context):
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return {}

    kit.script(stubborn)
    run = kit.run(kit.graph({"stubborn": {"type": "script"}}, "start > stubborn"))
    with caplog.at_level(logging.WARNING):
        async for event in run.events():
            if kit.names([event]) == ["Started stubborn"]:
                asyncio.get_running_loop().call_later(0.01, run.abort)
    assert run.outcome.status == "stopped"
    assert "left behind" in caplog.text
    release.set()
    await asyncio.sleep(0)


async def test_events_can_be_read_once(kit):
    run, _ = await kit.play(kit.graph({"x": {"type": "join"}}, "start > x"))
    with pytest.raises(WorkflowError, match="once"):
        run.events()


async def test_an_observer_is_told_everything_and_its_errors_are_only_logged(kit, caplog):
    seen = []

    class Broken(RunObserver):
        def observe(self, run, event):
            raise RuntimeError("observer broke")

    class Watching(RunObserver):
        def observe(self, run, event):
            seen.append((run.run_id, event))

    graph = kit.graph({"x": {"type": "join"}}, "start > x")
    run, events = await kit.play(graph, observers=[Broken(), Watching()])
    assert seen == [("run", event) for event in events]
    assert run.outcome.status == "succeeded"
    assert "observer broke" in caplog.text


class Chains:
    """One interceptor of nodes and one of runs, as the host composes them."""

    def __init__(self, node=None, run=None):
        self.node, self.whole = node, run

    async def run(self, call, proceed):
        assert isinstance(call, NodeCall)
        return await (self.node.around(call, proceed) if self.node else proceed(call))

    def stream(self, call, proceed):
        assert isinstance(call, RunCall)
        return self.whole.around_stream(call, proceed) if self.whole else proceed(call)


async def test_an_interceptor_may_answer_instead_of_a_node(kit):
    class Cache(Interceptor):
        call_type = NodeCall

        async def around(self, call, proceed):
            if call.node.id == "n":
                return NodeResult(outputs={"output": "cached"})
            return await proceed(call)

    ran = []
    kit.scripts["n"] = lambda context: ran.append(1) or {}
    nodes = {"n": {"type": "script"}, "out": {"type": "end", "outputs": {"o": ["n", "output"]}}}
    run, _ = await kit.play(kit.graph(nodes, "start > n > out"), interceptors=Chains(node=Cache()))
    assert (run.outcome.outputs, ran) == ({"o": "cached"}, [])


async def test_what_an_interceptor_raises_is_the_failure_of_the_node(kit):
    class Quota(Interceptor):
        call_type = NodeCall

        async def around(self, call, proceed):
            raise RuntimeError("over quota")

    run, _ = await kit.play(kit.graph({"x": {"type": "join"}}, "start > x"), interceptors=Chains(node=Quota()))
    assert (run.outcome.status, run.outcome.error) == ("failed", "over quota")


async def test_an_interceptor_may_watch_a_run(kit):
    class Count(Interceptor):
        call_type = RunCall
        count = 0

        async def around_stream(self, call, proceed):
            async for event in proceed(call):
                self.count += 1
                yield event

    count = Count()
    _, events = await kit.play(kit.graph({"x": {"type": "join"}}, "start > x"), interceptors=Chains(run=count))
    assert count.count == len(events) == 6


async def test_a_service_that_nobody_gave_is_the_failure_of_the_node(kit):
    async def n(context):
        await context.services.get(ServiceError)

    kit.script(n)
    run, _ = await kit.play(kit.graph({"n": {"type": "script"}}, "start > n"))
    assert "without services" in run.outcome.error


async def test_a_long_run_lets_others_have_the_loop(kit):
    nodes = {f"n{at}": {"type": "join", "text": "x"} for at in range(3000)}
    graph = kit.graph(nodes, "start > " + " > ".join(nodes))
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    run, _ = await kit.play(graph)
    other.cancel()
    assert run.outcome.total_steps == 3001
    assert turns > 3


async def test_a_thousand_runs_share_the_loop(kit):
    nodes = {"t": {"type": "talk", "chunks": ["a", "b"]}, "out": {"type": "answer", "answer": "{{#t.text#}}"}}
    graph = kit.graph(nodes, "start > t > out")
    ended = await asyncio.gather(*(kit.play(graph) for _ in range(1000)))
    assert {run.outcome.outputs["answer"] for run, _ in ended} == {"ab"}


async def test_a_long_chain_runs_without_recursion(kit):
    nodes = {f"n{at}": {"type": "join", "text": str(at)} for at in range(10_000)}
    nodes["out"] = {"type": "end", "outputs": {"o": ["n9999", "output"]}}
    run, _ = await kit.play(kit.graph(nodes, "start > " + " > ".join(nodes)))
    assert run.outcome.outputs == {"o": "9999"}


async def test_a_long_iteration_with_nothing_inside_ends(kit):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["it", "item"],
            "start_node_id": "its",
        },
        "its": {"type": "iteration-start"},
        "out": {"type": "end", "outputs": {"o": ["it", "output"]}},
    }
    items = list(range(20_000))
    run, _ = await kit.play(kit.graph(nodes, "start > it > out"), inputs={"items": items})
    assert run.outcome.outputs == {"o": items}


async def test_nodes_see_their_run(kit):
    seen = {}

    def n(context):
        seen.update(run=context.run.run_id, attempt=context.attempt, inputs=context.inputs, id=context.execution_id)
        return {"at": context.now()}

    kit.script(n)
    run, events = await kit.play(kit.graph({"n": {"type": "script"}}, "start > n"), inputs={"a": 1})
    assert seen == {"run": "run", "attempt": 1, "inputs": {"a": 1}, "id": events[3].id}
    assert run.outcome.status == "succeeded"


@pytest.mark.parametrize("good", [1, 3, 5])
async def test_what_breaks_around_a_run_ends_it_with_that(kit, good, caplog):
    class Clock:
        def __init__(self):
            self.calls = 0

        def time(self):
            self.calls += 1
            if self.calls > good:
                raise OSError("no time")
            return 1.0

        async def sleep(self, seconds):
            await asyncio.Event().wait()

    run, events = await kit.play(kit.graph({"x": {"type": "join"}}, "start > x"), clock=Clock())
    assert kit.names(events)[-1] == "Run Failed"
    assert (run.outcome.status, run.outcome.error) == ("failed", "no time")
    assert "failed in the engine" in caplog.text
