"""Assigner, version 2: operations, types, order."""

import re

import pytest
from pydantic import ValidationError

from dify_nodes.assigner_v2 import AssignerV2Node
from dify_runtime_sdk.workflow import NodeError, VariableType

X = ("conversation", "x")


def item(operation, value=None, *, constant=False, target="conversation.x"):
    given = value if constant or value is None else value.split(".")
    return {
        "variable_selector": target.split("."),
        "input_type": "constant" if constant else "variable",
        "operation": operation,
        "value": given,
        "write_mode": "over-write",
    }


def assigned(node, context, at_once, kind, old, *items, **values):
    run = context({"conversation.x": old, **{f"a.{key}": value for key, value in values.items()}})
    run.variables.types[X] = VariableType(kind)
    at_once(node(AssignerV2Node, items=list(items)).run(run))
    return run.variables.values[X]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("string", "a", "b"),
        ("number", 1, 2.5),
        ("boolean", True, False),
        ("object", {"a": 1}, {"b": 2}),
        ("array[string]", ["a"], ["b", "c"]),
        ("array[number]", [1], []),
        ("array[object]", [], [{"a": 1}]),
        ("array[boolean]", [], [True]),
        ("array[any]", [], ["a", 1, {"b": 2}]),
    ],
)
def test_over_write_takes_a_variable_for_every_type(node, context, at_once, kind, old, new):
    assert assigned(node, context, at_once, kind, old, item("over-write", "a.v"), v=new) == new


CONSTANTS = [
    ("string", "a", "b", "b"),
    ("number", 1, 2, 2),
    ("integer", 1, 2, 2),
    ("float", 1.5, 2.5, 2.5),
    ("boolean", True, False, False),
    ("object", {}, {"a": 1}, {"a": 1}),
    ("object", {}, '{"a": 1}', {"a": 1}),
]


@pytest.mark.parametrize("operation", ["over-write", "set"])
@pytest.mark.parametrize(("kind", "old", "given", "new"), CONSTANTS)
def test_a_constant_is_set_for_simple_types(node, context, at_once, operation, kind, old, given, new):
    assert assigned(node, context, at_once, kind, old, item(operation, given, constant=True)) == new


@pytest.mark.parametrize(
    ("operation", "old", "value", "new"),
    [
        ("+=", 2, 3, 5),
        ("-=", 2, 3, -1),
        ("*=", 2, 1.5, 3.0),
        ("/=", 3, 2, 1.5),
        ("+=", 0.5, 1, 1.5),
    ],
)
def test_numbers_are_calculated_with(node, context, at_once, operation, old, value, new):
    assert assigned(node, context, at_once, "number", old, item(operation, value, constant=True)) == new


@pytest.mark.parametrize(
    ("kind", "old", "element", "new"),
    [
        ("array[string]", ["a"], "b", ["a", "b"]),
        ("array[number]", [1], 2.5, [1, 2.5]),
        ("array[object]", [], {"a": 1}, [{"a": 1}]),
        ("array[boolean]", [True], False, [True, False]),
        ("array[any]", [1], "a", [1, "a"]),
        ("array[any]", [], {"a": 1}, [{"a": 1}]),
    ],
)
def test_arrays_are_appended_to_and_extended(node, context, at_once, kind, old, element, new):
    assert assigned(node, context, at_once, kind, old, item("append", "a.v"), v=element) == new
    assert assigned(node, context, at_once, kind, old, item("extend", "a.v"), v=[element]) == new


@pytest.mark.parametrize(
    ("operation", "old", "new"),
    [
        ("remove-first", ["a", "b"], ["b"]),
        ("remove-last", ["a", "b"], ["a"]),
        ("remove-first", [], []),
        ("remove-last", [], []),
        ("clear", ["a"], []),
    ],
)
def test_arrays_are_shortened_and_the_value_ignored(node, context, at_once, operation, old, new):
    assert assigned(node, context, at_once, "array[string]", old, item(operation, "a.gone")) == new


@pytest.mark.parametrize(
    ("kind", "old", "zero"),
    [("string", "a", ""), ("number", 5, 0), ("boolean", True, False), ("object", {"a": 1}, {})],
)
def test_clear_sets_the_zero_value(node, context, at_once, kind, old, zero):
    assert assigned(node, context, at_once, kind, old, item("clear")) == zero


@pytest.mark.parametrize(("old", "text"), [(5, "0"), (5.5, "0.0")])
def test_a_cleared_number_stays_whole_or_fractional(node, context, at_once, old, text):
    assert str(assigned(node, context, at_once, "number", old, item("clear"))) == text


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("string", item("clear", "x", constant=True)),
        ("array[string]", item("over-write", ["a"], constant=True)),
        ("array[string]", item("set", ["a"], constant=True)),
        ("array[string]", item("append", "a", constant=True)),
        ("array[string]", item("remove-first", "a", constant=True)),
        ("string", item("set", "a.v")),
        ("number", item("+=", "a.v")),
        ("string", item("+=", 1, constant=True)),
        ("string", item("append", "a.v")),
        ("object", item("extend", "a.v")),
        ("number", item("remove-last", "a.v")),
        ("file", item("over-write", "a.v")),
        ("array[file]", item("append", "a.v")),
    ],
)
def test_an_operation_is_refused_for_other_types_and_inputs(node, context, at_once, kind, one):
    with pytest.raises(NodeError, match=f"is not supported for type {re.escape(kind)}") as failure:
        assigned(node, context, at_once, kind, "old", one, v="x")
    assert failure.value.error_type == "WorkflowNodeError"


@pytest.mark.parametrize(
    ("kind", "old", "one", "value"),
    [
        ("string", "a", item("over-write", "a.v"), 5),
        ("number", 1, item("over-write", "a.v"), "5"),
        ("number", 1, item("over-write", "a.v"), True),
        ("boolean", True, item("over-write", "a.v"), 1),
        ("object", {}, item("over-write", "a.v"), []),
        ("object", {}, item("over-write", "a.v"), "{"),
        ("array[string]", [], item("over-write", "a.v"), "a"),
        ("array[string]", [], item("over-write", "a.v"), [1]),
        ("array[string]", [], item("append", "a.v"), 1),
        ("array[number]", [], item("append", "a.v"), True),
        ("array[boolean]", [], item("append", "a.v"), 1),
        ("array[object]", [], item("append", "a.v"), "a"),
        ("array[any]", [], item("append", "a.v"), ["a"]),
        ("array[string]", [], item("extend", "a.v"), "a"),
        ("array[string]", [], item("extend", "a.v"), ["a", 1]),
        ("number", 1, item("+=", "1", constant=True), None),
        ("string", "a", item("set", 5, constant=True), None),
        ("string", "a", item("set", None, constant=True), None),
    ],
)
def test_a_value_of_another_type_is_refused(node, context, at_once, kind, old, one, value):
    with pytest.raises(NodeError, match=r"Invalid (value|element)"):
        assigned(node, context, at_once, kind, old, one, v=value)


def test_division_by_zero_fails(node, context, at_once):
    with pytest.raises(NodeError, match="Division by zero"):
        assigned(node, context, at_once, "number", 1, item("/=", 0, constant=True))


@pytest.mark.parametrize("one", [item("over-write", "a.gone"), item("append", "a"), item("over-write")])
def test_a_source_that_does_not_exist_fails(node, context, at_once, one):
    with pytest.raises(NodeError, match="not found"):
        assigned(node, context, at_once, "array[string]", [], one)


def test_a_target_that_does_not_exist_fails(node, context, at_once):
    assigner = node(AssignerV2Node, items=[item("over-write", "a.v", target="conversation.gone")])
    with pytest.raises(NodeError, match="assigned variable not found"):
        at_once(assigner.run(context({"a.v": 1})))


def test_a_source_that_holds_null_skips_its_item(node, context, at_once):
    run = context({"conversation.x": "old", "a.v": None})
    result = at_once(node(AssignerV2Node, items=[item("over-write", "a.v")]).run(run))
    assert run.variables.values[X] == "old"
    assert result.process_data == {"__updated_variables": []}


def test_items_run_in_order_and_see_what_was_written(node, context, at_once):
    items = [item("+=", 1, constant=True), item("over-write", "conversation.x", target="conversation.y")]
    run = context({"conversation.x": 1, "conversation.y": 0})
    result = at_once(node(AssignerV2Node, items=[*items, item("*=", 10, constant=True)]).run(run))
    assert (run.variables.values[X], run.variables.values[("conversation", "y")]) == (20, 2)
    assert result.outputs == {}
    assert result.process_data == {
        "x": 20,
        "y": 2,
        "__updated_variables": [
            {"name": "x", "selector": ["conversation", "x"], "value_type": "number", "new_value": 20},
            {"name": "y", "selector": ["conversation", "y"], "value_type": "number", "new_value": 2},
        ],
    }


def test_it_tells_the_engine_what_it_writes(node):
    items = [item("clear"), item("clear", target="loop.y")]
    assert node(AssignerV2Node, items=items).writes() == (X, ("loop", "y"))
    assert (AssignerV2Node.type, AssignerV2Node.version) == ("assigner", "2")


def test_an_unknown_operation_is_an_error_of_the_file(node):
    with pytest.raises(ValidationError, match="operation"):
        node(AssignerV2Node, items=[item("replace")])
