"""Iterations: items, scopes, failures, parallel runs."""

import asyncio

import pytest

from dify_runtime_sdk.workflow import NodeRunIterationFailed, NodeRunIterationSucceeded, NodeRunSucceeded, VariableType
from dify_workflow import Variable


def iteration(kit, inner, *edges, output=("n", "output"), after=None, **config):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": list(output),
            "start_node_id": "its",
            **config,
        },
        "its": {"type": "iteration-start"},
        "out": {"type": "end", "outputs": {"o": ["it", "output"]}},
        **inner,
        **(after or {}),
    }
    return kit.graph(nodes, "start > it > out", *edges)


def doubled(kit, **config):
    return iteration(kit, {"n": {"type": "join", "text": "{{#it.index#}}{{#it.item#}}"}}, "its > n", **config)


async def test_events_of_items_in_turn(kit):
    run, events = await kit.play(doubled(kit), inputs={"items": ["a", "b"]})
    names = kit.names(events)
    assert names[names.index("Started it") :] == [
        "Started it",
        "IterationStarted it",
        "IterationNext it 0",
        "Started n",
        "Succeeded n",
        "IterationNext it 1",
        "Started n",
        "Succeeded n",
        "IterationSucceeded it",
        "it: - 0a\n- 1b",
        "Succeeded it",
        "Started out",
        "Succeeded out",
        "Run Succeeded",
    ]
    assert run.outcome.outputs == {"o": ["0a", "1b"]}
    assert run.outcome.total_steps == 3
    inner = [e for e in events if isinstance(e, NodeRunSucceeded) and e.node_id == "n"]
    assert [(e.in_iteration_id, e.iteration_index) for e in inner] == [("it", 0), ("it", 1)]
    (end,) = [e for e in events if isinstance(e, NodeRunIterationSucceeded)]
    assert end.steps == 2
    assert set(end.metadata["iteration_duration_map"]) == {"0", "1"}
    assert end.inputs == {"iterator_selector": ["a", "b"]}


@pytest.mark.parametrize("items", [[], None])
async def test_without_items_there_are_no_events_of_the_iteration(kit, items):
    run, events = await kit.play(doubled(kit), inputs={"items": items})
    assert run.outcome.outputs == {"o": []}
    assert not [name for name in kit.names(events) if name.startswith("Iteration")]


@pytest.mark.parametrize("inputs", [{}, {"items": "text"}, {"items": {"a": 1}}])
async def test_what_is_no_list_fails_the_node(kit, inputs):
    run, events = await kit.play(doubled(kit), inputs=inputs)
    assert run.outcome.status == "failed"
    assert kit.names(events)[-2:] == ["Failed it", "Run Failed"]


async def test_parallel_items_are_announced_first_and_told_in_batches(kit):
    gates = {"a": asyncio.Event(), "b": asyncio.Event()}

    async def n(context):
        item = context.variables.get(("it", "item"))
        if item == "a":
            await gates["a"].wait()
        else:
            gates["a"].set()
            await asyncio.sleep(0)
        return {"output": item}

    kit.script(n)
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", is_parallel=True)
    run, events = await kit.play(graph, inputs={"items": ["a", "b"]})
    names = kit.names(events)
    begin = names.index("IterationStarted it")
    assert names[begin + 1 : begin + 3] == ["IterationNext it 0", "IterationNext it 1"]
    indexes = [e.iteration_index for e in events if getattr(e, "node_id", "") == "n"]
    assert sorted(indexes) in ([0, 0, 1, 1],)
    assert indexes[0] == indexes[1], "an item's events come as one batch"
    assert run.outcome.outputs == {"o": ["a", "b"]}


async def test_no_more_items_run_at_a_time_than_allowed(kit):
    running, most = 0, 0

    async def n(context):
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return {"output": 1}

    kit.script(n)
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", is_parallel=True, parallel_nums=3)
    run, _ = await kit.play(graph, inputs={"items": list(range(10))})
    assert (most, len(run.outcome.outputs["o"])) == (3, 10)


def picky(context):
    item = context.variables.get(("it", "item"))
    if item == "bad":
        raise ValueError("bad item")
    return {"output": item}


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize(
    ("mode", "expected"), [("continue-on-error", ["a", None, "c"]), ("remove-abnormal-output", ["a", "c"])]
)
async def test_tolerated_failures_do_not_count(kit, parallel, mode, expected):
    kit.scripts["n"] = picky
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", error_handle_mode=mode, is_parallel=parallel)
    run, events = await kit.play(graph, inputs={"items": ["a", "bad", "c"]})
    assert run.outcome.outputs == {"o": expected}
    assert (run.outcome.status, run.outcome.exceptions_count) == ("succeeded", 0)
    assert "Failed n" in kit.names(events)


@pytest.mark.parametrize("parallel", [False, True])
async def test_a_failure_ends_the_iteration_and_the_run(kit, parallel):
    kit.scripts["n"] = picky
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", is_parallel=parallel)
    run, events = await kit.play(graph, inputs={"items": ["a", "bad", "c"]})
    assert kit.names(events)[-4:] == ["Failed n", "IterationFailed it", "Failed it", "Run Failed"]
    (failed,) = [e for e in events if isinstance(e, NodeRunIterationFailed)]
    assert (failed.error, failed.steps) == ("bad item", 3)
    assert (run.outcome.error, run.outcome.exceptions_count) == ("bad item", 1)


async def test_an_iteration_may_have_an_error_strategy(kit):
    kit.scripts["n"] = picky
    default = [{"key": "output", "type": "array[string]", "value": '["none"]'}]
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", error_strategy="default-value", default_value=default)
    run, _ = await kit.play(graph, inputs={"items": ["bad"]})
    assert (run.outcome.status, run.outcome.outputs) == ("partial-succeeded", {"o": ["none"]})


@pytest.mark.parametrize(
    ("outputs", "flat", "expected"),
    [
        ([[1], [2, 3]], True, [1, 2, 3]),
        ([[1], None, [2]], True, [1, 2]),
        ([[1], 2], True, [[1], 2]),
        ([None, None], True, [None, None]),
        ([[[1]], [[2]]], True, [[1], [2]]),
        ([[1], [2]], False, [[1], [2]]),
    ],
)
async def test_lists_of_lists_are_joined_one_level(kit, outputs, flat, expected):
    kit.scripts["n"] = lambda context: {"output": outputs[context.variables.get(("it", "index"))]}
    graph = iteration(kit, {"n": {"type": "script"}}, "its > n", flatten_output=flat)
    run, _ = await kit.play(graph, inputs={"items": [0] * len(outputs)})
    assert run.outcome.outputs == {"o": expected}


async def test_an_output_that_is_not_there_is_null(kit):
    graph = iteration(kit, {"n": {"type": "join"}}, "its > n", output=("n", "nothing"))
    run, _ = await kit.play(graph, inputs={"items": [1]})
    assert run.outcome.outputs == {"o": [None]}


async def test_an_empty_inside_gives_nulls(kit):
    run, _ = await kit.play(iteration(kit, {}, output=("its", "x")), inputs={"items": [1, 2]})
    assert run.outcome.outputs == {"o": [None, None]}


@pytest.mark.parametrize("parallel", [False, True])
async def test_items_keep_their_variables_but_for_the_conversation(kit, parallel):
    inner = {
        "n": {"type": "put", "target": ["conversation", "seen"], "value": "{{#it.item#}}"},
        "after": {"type": "join", "text": "{{#n.output#}} {{#it.item#}} {{#conversation.seen#}}"},
    }
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["it", "item"],
            "start_node_id": "its",
            "is_parallel": parallel,
        },
        "its": {"type": "iteration-start"},
        **inner,
        "out": {"type": "end", "outputs": {"o": ["after", "output"]}},
    }
    graph = kit.graph(nodes, "start > it > after > out", "its > n")
    run, _ = await kit.play(
        graph, inputs={"items": ["x", "y"]}, conversation=[Variable("seen", "", VariableType.STRING)]
    )
    assert run.outcome.outputs == {"o": "n.output it.item y"}
    assert run.outcome.conversation == {"seen": "y"}


async def test_tokens_inside_count_once_and_prices_are_added(kit):
    from dify_runtime_sdk.workflow import NodeResult

    metadata = {"total_tokens": 5, "total_price": "0.1", "currency": "USD"}
    kit.scripts["n"] = lambda context: NodeResult(outputs={"output": 1}, metadata=metadata)
    run, events = await kit.play(iteration(kit, {"n": {"type": "script"}}, "its > n"), inputs={"items": [1, 2, 3]})
    (end,) = [e for e in events if isinstance(e, NodeRunIterationSucceeded)]
    assert (end.metadata["total_tokens"], end.metadata["total_price"], end.metadata["currency"]) == (15, "0.3", "USD")
    assert run.outcome.total_tokens == 15


async def test_an_answer_inside_streams_with_the_ids_of_the_iteration(kit):
    inner = {"n": {"type": "answer", "answer": "<{{#it.item#}}>"}}
    run, events = await kit.play(iteration(kit, inner, "its > n", output=("n", "answer")), inputs={"items": ["a", "b"]})
    chunks = [e for e in events if getattr(e, "chunk", None) is not None and e.in_iteration_id]
    assert "".join(e.chunk for e in chunks) == "<a><b>"
    assert {(e.in_iteration_id, e.iteration_index) for e in chunks} == {("it", None)}
    assert run.outcome.outputs == {"o": ["<a>", "<b>"]}, "answers inside an iteration are not the run's"


async def test_a_hundred_nested_iterations(kit):
    nodes, edges = {"out": {"type": "end", "outputs": {"o": ["i0", "output"]}}}, ["start > i0 > out"]
    for at in range(100):
        last = at == 99
        nodes[f"i{at}"] = {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["n" if last else f"i{at + 1}", "output"],
            "start_node_id": f"s{at}",
            "flatten_output": True,
        }
        nodes[f"s{at}"] = {"type": "iteration-start"}
        edges.append(f"s{at} > {'n' if last else f'i{at + 1}'}")
    nodes["n"] = {"type": "join", "text": "deep"}
    run, events = await kit.play(kit.graph(nodes, *edges), inputs={"items": ["x"]})
    assert run.outcome.outputs == {"o": ["deep"]}
    assert kit.names(events).count("IterationStarted " + "i99") == 1


async def test_the_inside_goes_before_what_is_ready_around_it(kit):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["n", "output"],
            "start_node_id": "its",
        },
        "its": {"type": "iteration-start"},
        "n": {"type": "join"},
        "beside": {"type": "join"},
    }
    _, events = await kit.play(kit.graph(nodes, "start > it", "start > beside", "its > n"), inputs={"items": [1, 2]})
    names = kit.names(events)
    assert names.index("Succeeded it") < names.index("Started beside")
