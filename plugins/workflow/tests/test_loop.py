"""Loops: rounds, breaks, variables, ends."""

import pytest

from dify_runtime_sdk.workflow import NodeRunFailed, NodeRunLoopFailed, NodeRunLoopSucceeded, NodeRunStarted


def at_least(value):
    return [{"variable_selector": ["lp", "i"], "comparison_operator": "≥", "value": value}]


COUNTER = {"label": "i", "var_type": "number", "value_type": "constant", "value": "0"}


def loop(kit, inner=None, *edges, count=3, conditions=(), variables=(COUNTER,), **config):
    nodes = {
        "lp": {
            "type": "loop",
            "loop_count": count,
            "break_conditions": list(conditions),
            "logical_operator": "and",
            "loop_variables": list(variables),
            "start_node_id": "ls",
            **config,
        },
        "ls": {"type": "loop-start"},
        "inc": {"type": "put", "target": ["lp", "i"], "value": 1, "add": True},
        "out": {"type": "answer", "answer": "{{#lp.i#}}"},
        **(inner or {}),
    }
    return kit.graph(nodes, "start > lp > out", *(edges or ("ls > inc",)))


def ending(events):
    (end,) = [e for e in events if isinstance(e, NodeRunLoopSucceeded)]
    return end


async def test_every_round_that_does_not_break_is_followed_by_next_also_the_last(kit):
    run, events = await kit.play(loop(kit, count=2))
    names = kit.names(events)
    begin, end = names.index("LoopStarted lp"), names.index("LoopSucceeded lp")
    assert names[begin : end + 1] == [
        "LoopStarted lp",
        "Started inc",
        "Succeeded inc",
        "LoopNext lp 1",
        "Started inc",
        "Succeeded inc",
        "LoopNext lp 2",
        "LoopSucceeded lp",
    ]
    done = ending(events)
    assert (done.outputs, done.steps) == ({"i": 2, "loop_round": 2}, 2)
    assert done.metadata["completed_reason"] == "loop_completed"
    assert done.metadata["loop_variable_map"] == {"0": {"i": 1}, "1": {"i": 2}}
    assert set(done.metadata["loop_duration_map"]) == {"0", "1"}
    assert run.outcome.total_steps == 3


async def test_a_condition_breaks_after_its_round_without_next(kit):
    _, events = await kit.play(loop(kit, count=10, conditions=at_least("2")))
    done = ending(events)
    assert (done.outputs, done.steps) == ({"i": 2, "loop_round": 2}, 10)
    assert done.metadata["completed_reason"] == "loop_break"
    assert [n for n in kit.names(events) if "LoopNext" in n] == ["LoopNext lp 1"]


async def test_a_condition_that_holds_at_once_means_no_rounds(kit):
    _, events = await kit.play(loop(kit, conditions=at_least("0")))
    done = ending(events)
    assert (done.outputs, done.steps) == ({}, 0)
    assert "Started inc" not in kit.names(events)


@pytest.mark.parametrize(
    "condition",
    [
        {"variable_selector": ["inc", "gone"], "comparison_operator": "is", "value": "x"},
        {"variable_selector": ["lp", "i"], "comparison_operator": ">", "value": "9" * 5000},
    ],
    ids=["no variable", "no number that Python reads"],
)
async def test_a_condition_that_cannot_be_tested_is_ignored_at_first_and_fails_later(kit, condition):
    conditions = [condition]
    run, events = await kit.play(loop(kit, conditions=conditions))
    assert kit.names(events)[-3:] == ["LoopFailed lp", "Failed lp", "Run Failed"]
    assert kit.names(events).count("Started inc") == 1
    assert run.outcome.status == "failed"


async def test_what_nobody_meant_to_raise_has_the_type_of_such_errors(kit, monkeypatch):
    def begin(self):
        raise KeyError

    monkeypatch.setattr("dify_workflow.containers.rounds.LoopDriver.begin", begin)
    _, events = await kit.play(loop(kit))
    (failed,) = [event for event in events if isinstance(event, NodeRunFailed)]
    assert (failed.error, failed.result.error_type) == ("KeyError", "WorkflowNodeError")


async def test_reaching_a_loop_end_stops_after_the_round(kit):
    inner = {
        "sw": {"type": "switch", "on": ["lp", "i"]},
        "stop": {"type": "loop-end"},
        "more": {"type": "join"},
    }
    graph = loop(kit, inner, "ls > inc > sw:2 > stop", "sw:1 > more", count=9)
    _, events = await kit.play(graph)
    done = ending(events)
    assert done.outputs == {"i": 2, "loop_round": 2}
    assert done.metadata["completed_reason"] == "loop_completed"


async def test_outputs_of_the_inside_are_removed_before_every_round(kit):
    seen = []
    kit.scripts["look"] = lambda context: seen.append(context.variables.has(("late", "output"))) or {}
    inner = {"look": {"type": "script"}, "late": {"type": "join", "text": "x"}}
    await kit.play(loop(kit, inner, "ls > look > late", count=3))
    assert seen == [False, False, False]


async def test_answers_inside_are_joined_into_the_answer_of_the_run(kit):
    inner = {"say": {"type": "answer", "answer": "{{#lp.i#}};"}}
    run, events = await kit.play(loop(kit, inner, "ls > inc > say", count=2))
    assert run.outcome.outputs["answer"] == "1;2;2"
    assert kit.told(events) == "1;2;2"
    loop_ids = {e.in_loop_id for e in events if getattr(e, "chunk", None) and e.node_id in {"say", "lp"}}
    assert loop_ids == {"lp", None}


async def test_a_failure_inside_fails_the_loop(kit):
    kit.fails("bad", error="inside")
    _, events = await kit.play(loop(kit, {"bad": {"type": "script"}}, "ls > bad"))
    (failed,) = [e for e in events if isinstance(e, NodeRunLoopFailed)]
    assert (failed.error, failed.metadata["completed_reason"]) == ("inside", "error")
    assert kit.names(events)[-4:] == ["Failed bad", "LoopFailed lp", "Failed lp", "Run Failed"]


async def test_inner_events_carry_the_round(kit):
    _, events = await kit.play(loop(kit, count=2))
    started = [e for e in events if isinstance(e, NodeRunStarted) and e.node_id == "inc"]
    assert [(e.in_loop_id, e.loop_index) for e in started] == [("lp", 0), ("lp", 1)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", "1.5", 1.5),
        ("number", 7, 7),
        ("number", "", 0),
        ("string", "x", "x"),
        ("boolean", "True", True),
        ("object", '{"a": 1}', {"a": 1}),
        ("array[string]", '["a"]', ["a"]),
        ("array[number]", [1, 2], [1, 2]),
        ("array[object]", "", []),
        ("string", None, ""),
        ("boolean", None, False),
        ("array[string]", None, []),
    ],
)
async def test_constants_are_read_as_their_type(kit, kind, value, expected):
    variable = {"label": "i", "var_type": kind, "value_type": "constant", "value": value}
    _, events = await kit.play(loop(kit, {"x": {"type": "join"}}, "ls > x", count=1, variables=[variable]))
    assert ending(events).inputs == {"loop_count": 1, "i": expected}


async def test_a_variable_begins_with_the_value_of_another(kit):
    variable = {"label": "i", "var_type": "number", "value_type": "variable", "value": ["start", "n"]}
    _, events = await kit.play(loop(kit, count=1, variables=[variable]), inputs={"n": 41})
    assert ending(events).outputs == {"i": 42, "loop_round": 1}
    run, _ = await kit.play(loop(kit, count=1, variables=[variable]))
    assert run.outcome.status == "failed"
    assert "'i'" in run.outcome.error


async def test_a_loop_in_an_iteration_keeps_to_its_item(kit):
    nodes = {
        "it": {
            "type": "iteration",
            "iterator_selector": ["start", "items"],
            "output_selector": ["lp", "i"],
            "start_node_id": "its",
            "is_parallel": True,
        },
        "its": {"type": "iteration-start"},
        "lp": {
            "type": "loop",
            "loop_count": 3,
            "break_conditions": [],
            "logical_operator": "and",
            "loop_variables": [{"label": "i", "var_type": "number", "value_type": "variable", "value": ["it", "item"]}],
            "start_node_id": "ls",
        },
        "ls": {"type": "loop-start"},
        "inc": {"type": "put", "target": ["lp", "i"], "value": 1, "add": True},
        "out": {"type": "end", "outputs": {"o": ["it", "output"]}},
    }
    run, events = await kit.play(
        kit.graph(nodes, "start > it > out", "its > lp", "ls > inc"), inputs={"items": [0, 10]}
    )
    assert run.outcome.outputs == {"o": [3, 13]}
    inner = {(e.in_iteration_id, e.in_loop_id) for e in events if getattr(e, "node_id", "") == "inc"}
    assert inner == {("it", "lp")}


async def test_no_rounds_when_the_count_is_zero(kit):
    _, events = await kit.play(loop(kit, count=0))
    assert ending(events).outputs == {"i": 0, "loop_round": 0}
