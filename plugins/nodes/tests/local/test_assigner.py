"""Assigner, version 1."""

import pytest

from dify_nodes.assigner import AssignerNode
from dify_runtime_sdk.workflow import NodeError


def assigner(node, mode, target="conversation.x", source="a.value"):
    return node(
        AssignerNode,
        assigned_variable_selector=target.split("."),
        write_mode=mode,
        input_variable_selector=source.split("."),
    )


@pytest.mark.parametrize(
    ("mode", "old", "source", "new"),
    [
        ("over-write", "old", "new", "new"),
        ("over-write", "old", 5, 5),
        ("over-write", "old", None, None),
        ("append", ["a"], "b", ["a", "b"]),
        ("append", ["a"], ["b"], ["a", ["b"]]),
        ("append", [], 1, [1]),
    ],
)
def test_a_variable_is_written(node, context, at_once, mode, old, source, new):
    run = context({"conversation.x": old, "a.value": source})
    result = at_once(assigner(node, mode).run(run))
    assert run.variables.values[("conversation", "x")] == new
    assert result.outputs == {}


def test_appending_leaves_the_list_that_others_hold_alone(node, context, at_once):
    old = ["a"]
    at_once(assigner(node, "append").run(context({"conversation.x": old, "a.value": "b"})))
    assert old == ["a"]


@pytest.mark.parametrize(
    ("kind", "old", "zero"),
    [
        ("string", "a", ""),
        ("number", 5, 0),
        ("float", 5.5, 0.0),
        ("number", 5.5, 0.0),
        ("boolean", True, False),
        ("object", {"a": 1}, {}),
        ("array[string]", ["a"], []),
        ("array[any]", [1], []),
    ],
)
def test_clear_sets_the_zero_value_and_reads_no_source(node, context, at_once, kind, old, zero):
    run = context({"conversation.x": old}, types={"conversation.x": kind})
    at_once(assigner(node, "clear").run(run))
    cleared = run.variables.values["conversation", "x"]
    assert (cleared, type(cleared)) == (zero, type(zero))


def test_the_log_tells_what_was_updated(node, context, at_once):
    run = context({"conversation.x": 1, "a.value": 2}, types={"conversation.x": "number"})
    assert at_once(assigner(node, "over-write").run(run)).process_data == {
        "__updated_variables": [
            {"name": "x", "selector": ["conversation", "x"], "value_type": "number", "new_value": 2}
        ]
    }


@pytest.mark.parametrize(
    ("values", "mode", "says"),
    [
        ({"a.value": 1}, "over-write", "assigned variable not found"),
        ({}, "clear", "assigned variable not found"),
        ({"conversation.x": "a"}, "over-write", "input value not found"),
        ({"conversation.x": ["a"]}, "append", "input value not found"),
        ({"conversation.x": "a", "a.value": "b"}, "append", "it is no array"),
    ],
)
def test_what_is_missing_fails_the_node(node, context, at_once, values, mode, says):
    with pytest.raises(NodeError, match=says) as failure:
        at_once(assigner(node, mode).run(context(values)))
    assert failure.value.error_type == "WorkflowNodeError"


def test_it_tells_the_engine_what_it_writes(node):
    assert assigner(node, "clear").writes() == (("conversation", "x"),)
    assert AssignerNode.version == "1"
