"""Failures of nodes: attempts, stand-ins, branches, and the end of the run."""

import asyncio

import pytest

from dify_runtime_sdk.workflow import (
    GraphRunFailed,
    NodeError,
    NodeResult,
    NodeRunException,
    NodeRunFailed,
    NodeRunRetry,
    NodeRunStarted,
    NodeStatus,
)

RETRY = {"retry_enabled": True, "max_retries": 2, "retry_interval": 0}


async def one_node(kit, **config):
    nodes = {"n": {"type": "script", **config}, "out": {"type": "end", "outputs": {"o": ["n", "output"]}}}
    return await kit.play(kit.graph(nodes, "start > n > out"))


async def test_a_failure_that_nothing_handles_ends_the_run(kit):
    kit.fails("n", error="broken", error_type="Broken")
    run, events = await one_node(kit)
    assert kit.names(events)[-3:] == ["Started n", "Failed n", "Run Failed"]
    assert events[-1] == GraphRunFailed(error="broken", exceptions_count=1)
    assert (run.outcome.status, run.outcome.error, run.outcome.exceptions_count) == ("failed", "broken", 1)
    assert isinstance(events[-2], NodeRunFailed)
    assert events[-2].result.status is NodeStatus.FAILED
    assert events[-2].result.error_type == "Broken"


async def test_a_success_after_a_retry_is_partial(kit):
    kit.fails("n", times=1)
    run, events = await one_node(kit, retry_config=RETRY)
    assert run.outcome.status == "partial-succeeded"
    assert (run.outcome.exceptions_count, run.outcome.total_steps) == (1, 4)
    assert run.outcome.outputs == {"o": "done"}
    retries = [event for event in events if isinstance(event, NodeRunRetry)]
    assert [(retry.retry_index, retry.error) for retry in retries] == [(1, "no luck")]
    started = [event for event in events if isinstance(event, NodeRunStarted) and event.node_id == "n"]
    assert [event.id for event in started] == [retries[0].id]


async def test_when_the_attempts_are_used_up_the_node_fails(kit):
    kit.fails("n")
    run, events = await one_node(kit, retry_config=RETRY)
    assert [e.retry_index for e in events if isinstance(e, NodeRunRetry)] == [1, 2]
    assert (run.outcome.status, run.outcome.exceptions_count) == ("failed", 3)


async def test_retry_is_for_types_that_allow_it(kit):
    nodes = {"n": {"type": "switch", "on": 3, "retry_config": RETRY}}
    run, events = await kit.play(kit.graph(nodes, "start > n"))
    assert run.outcome.status == "failed"
    assert not [event for event in events if isinstance(event, NodeRunRetry)]


async def test_between_attempts_the_clock_of_the_run_is_asked_to_wait(kit):
    class Clock:
        def __init__(self):
            self.now, self.slept = 100.0, []

        def time(self):
            return self.now

        async def sleep(self, seconds):
            if seconds > 100:  # the limit of time, not the pause between attempts
                await asyncio.Event().wait()
            self.slept.append(seconds)
            self.now += seconds
            await asyncio.sleep(0)

    clock = Clock()
    kit.fails("n", times=2)
    nodes = {"n": {"type": "script", "retry_config": {**RETRY, "retry_interval": 1500}}}
    run, _ = await kit.play(kit.graph(nodes, "start > n"), clock=clock)
    assert clock.slept == [1.5, 1.5]
    assert run.outcome.elapsed == 3.0


async def test_default_values_stand_in_and_are_parsed(kit):
    kit.fails("n", error="gone", error_type="Gone")
    defaults = [
        {"key": "output", "type": "array[object]", "value": '[{"a": 1}]'},
        {"key": "count", "type": "number", "value": "1.5"},
        {"key": "name", "type": "string", "value": "[1]"},
    ]
    run, events = await one_node(kit, error_strategy="default-value", default_value=defaults)
    (exception,) = [event for event in events if isinstance(event, NodeRunException)]
    assert exception.result.outputs == {
        "output": [{"a": 1}],
        "count": 1.5,
        "name": "[1]",
        "error_message": "gone",
        "error_type": "Gone",
    }
    assert exception.result.status is NodeStatus.EXCEPTION
    assert run.outcome.status == "partial-succeeded"
    assert run.outcome.outputs == {"o": [{"a": 1}]}


async def test_a_fail_branch_is_taken_and_sees_the_error(kit):
    kit.scripts["n"] = lambda context: (_ for _ in ()).throw(
        NodeError("status 404", error_type="Http", outputs={"status_code": 404})
    )
    nodes = {
        "n": {"type": "script", "error_strategy": "fail-branch"},
        "good": {"type": "join"},
        "bad": {"type": "join", "text": "{{#n.error_type#}} {{#n.error_message#}} {{#n.status_code#}}"},
        "out": {"type": "end", "outputs": {"o": ["bad", "output"]}},
    }
    run, events = await kit.play(kit.graph(nodes, "start > n:source > good > out", "n:fail-branch > bad > out"))
    assert run.outcome.outputs == {"o": "Http status 404 404"}
    assert "Started good" not in kit.names(events)


async def test_a_failure_cancels_the_other_branches(kit):
    cancelled = asyncio.Event()
    begun = asyncio.Event()

    async def slow(context):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def bad(context):
        await begun.wait()
        raise NodeError("over")

    kit.script(slow)
    kit.script(bad)
    nodes = {"slow": {"type": "script"}, "bad": {"type": "script"}}
    run, events = await kit.play(kit.graph(nodes, "start > slow", "start > bad"))
    assert cancelled.is_set()
    assert run.outcome.status == "failed"
    assert "Succeeded slow" not in kit.names(events)


@pytest.mark.parametrize(
    "error",
    [ValueError("odd"), SystemExit(3), asyncio.CancelledError("own"), StopAsyncIteration("s"), BaseException("b")],
)
@pytest.mark.parametrize("waits", [False, True])
async def test_whatever_a_node_raises_is_its_failure(kit, error, waits):
    async def n(context):
        if waits:
            await asyncio.sleep(0)
        raise error

    kit.script(n)
    run, events = await one_node(kit)
    assert run.outcome.status == "failed"
    (failed,) = [event for event in events if isinstance(event, NodeRunFailed)]
    assert failed.result.error_type == "WorkflowNodeError"
    assert failed.error


@pytest.mark.parametrize("given", [None, 7, {"x": object()}, {"x": {1, 2}}, {"x": 1j}])
async def test_what_is_no_result_is_a_failure(kit, given):
    kit.scripts["n"] = lambda context: given
    run, _ = await one_node(kit)
    assert run.outcome.status == "failed"


async def test_a_value_nested_too_deeply_is_a_failure(kit):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    kit.scripts["n"] = lambda context: {"x": deep}
    run, _ = await one_node(kit)
    assert run.outcome.status == "failed"


async def test_a_result_that_says_failed_is_a_failure(kit):
    kit.scripts["n"] = lambda context: NodeResult(status=NodeStatus.FAILED, error="said so", error_type="Said")
    run, _ = await one_node(kit)
    assert (run.outcome.status, run.outcome.error) == ("failed", "said so")


async def test_tuples_and_keys_become_json(kit):
    kit.scripts["n"] = lambda context: {"output": ({1: "a"}, ("b",))}
    run, _ = await one_node(kit)
    assert run.outcome.outputs == {"o": [{"1": "a"}, ["b"]]}
