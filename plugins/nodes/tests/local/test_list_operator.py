"""List-operator: filter, extract, order, limit."""

import pytest
from pydantic import ValidationError

from dify_nodes.list_operator import ListOperatorNode
from dify_runtime_sdk.workflow import FileType, NodeError, TransferMethod

OFF = {"filter_by": {"enabled": False}, "order_by": {"enabled": False}}


def filtered(*conditions):
    keys = ("key", "comparison_operator", "value")
    return {"filter_by": {"enabled": True, "conditions": [dict(zip(keys, one, strict=True)) for one in conditions]}}


@pytest.fixture
def worked(node, context, at_once):
    def work(items, **steps):
        operator = node(ListOperatorNode, variable=["a", "list"], **{**OFF, **steps})
        return at_once(operator.run(context({"a.list": items, "a.word": "ap", "a.at": 2}))).outputs

    return work


@pytest.mark.parametrize(
    ("items", "by", "value", "kept"),
    [
        (["apple", "pear"], "contains", "app", ["apple"]),
        (["apple", "pear"], "contains", "{{#a.word#}}", ["apple"]),
        (["apple", "pear"], "not contains", "app", ["pear"]),
        (["apple", "pear"], "start with", "p", ["pear"]),
        (["apple", "pear"], "end with", "r", ["pear"]),
        (["apple", "pear"], "is", "pear", ["pear"]),
        (["apple", "pear"], "is not", "pear", ["apple"]),
        (["apple", "pear"], "in", "a pear tree", ["pear"]),
        (["apple", "pear"], "in", ["apple"], ["apple"]),
        (["apple", "pear"], "not in", "a pear tree", ["apple"]),
        (["apple", "pear"], "not in", ["apple"], ["pear"]),
        (["apple", ""], "empty", "", [""]),
        (["apple", ""], "not empty", "", ["apple"]),
        ([1, 2, 3.5], "=", "2", [2]),
        ([1, 2, 3.5], "=", "3.5", [3.5]),
        ([1, 2, 3.5], "≠", "2", [1, 3.5]),
        ([1, 2, 3.5], "<", "2", [1]),
        ([1, 2, 3.5], "≤", "2", [1, 2]),
        ([1, 2, 3.5], ">", "2", [3.5]),
        ([1, 2, 3.5], "≥", "{{#a.at#}}", [2, 3.5]),
        ([1, 2], ">", 1, [2]),
        ([True, False], "is", True, [True]),
        ([True, False], "is", "false", [False]),
        ([True, False], "is not", True, [False]),
    ],
)
def test_elements_are_filtered_by_their_type(worked, items, by, value, kept):
    assert worked(items, **filtered(("", by, value)))["result"] == kept


def test_all_conditions_must_hold(worked):
    conditions = filtered(("", "contains", "p"), ("", "start with", "a"))
    assert worked(["apple", "pear", "fig"], **conditions)["result"] == ["apple"]


def test_a_filter_that_is_off_keeps_everything(worked):
    steps = filtered(("", "contains", "x"))
    steps["filter_by"]["enabled"] = False
    assert worked(["a"], **steps)["result"] == ["a"]


@pytest.fixture
def files(make_file):
    return [
        make_file("b.pdf", size=20, mime_type="application/pdf", url="http://x/b", related_id="1"),
        make_file("a.png", size=5, type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL),
    ]


@pytest.mark.parametrize(
    ("key", "by", "value", "kept"),
    [
        ("name", "start with", "a", ["a.png"]),
        ("extension", "is", ".pdf", ["b.pdf"]),
        ("mime_type", "contains", "pdf", ["b.pdf"]),
        ("mime_type", "empty", "", ["a.png"]),
        ("url", "end with", "/b", ["b.pdf"]),
        ("related_id", "is", "1", ["b.pdf"]),
        ("type", "in", ["image"], ["a.png"]),
        ("type", "not in", ["image"], ["b.pdf"]),
        ("transfer_method", "in", ["remote_url"], ["a.png"]),
        ("size", ">", "5", ["b.pdf"]),
        ("size", "≤", "5", ["a.png"]),
    ],
)
def test_files_are_filtered_by_an_attribute(worked, files, key, by, value, kept):
    assert [file.filename for file in worked(files, **filtered((key, by, value)))["result"]] == kept


@pytest.mark.parametrize(("serial", "found"), [("1", "a"), ("3", "c"), ("{{#a.at#}}", "b"), (2, "b")])
def test_one_element_is_extracted_by_its_place(worked, serial, found):
    outputs = worked(["a", "b", "c"], extract_by={"enabled": True, "serial": serial})
    assert outputs == {"result": [found], "first_record": found, "last_record": found}


@pytest.mark.parametrize(
    ("serial", "says"),
    [("0", "between 1 and 2"), ("3", "between 1 and 2"), ("-1", "between"), ("x", "whole number")],
)
def test_a_place_outside_the_list_fails(worked, serial, says):
    with pytest.raises(NodeError, match=says):
        worked(["a", "b"], extract_by={"enabled": True, "serial": serial})


def test_nothing_can_be_extracted_from_what_was_filtered_away(worked):
    with pytest.raises(NodeError, match="Invalid serial 1"):
        worked(["a"], **filtered(("", "is", "b")), extract_by={"enabled": True})


@pytest.mark.parametrize(
    ("items", "direction", "ordered"),
    [
        (["b", "a"], "asc", ["a", "b"]),
        (["b", "a"], "desc", ["b", "a"]),
        ([10, 9.5], "asc", [9.5, 10]),
        ([True, False], "asc", [False, True]),
    ],
)
def test_elements_are_sorted(worked, items, direction, ordered):
    assert worked(items, order_by={"enabled": True, "value": direction})["result"] == ordered


@pytest.mark.parametrize("key", ["name", "size", "type", "mime_type"])
def test_files_are_sorted_by_an_attribute(worked, files, key):
    last = {"name": "b.pdf", "size": "b.pdf", "type": "a.png", "mime_type": "b.pdf"}[key]
    assert worked(files, order_by={"enabled": True, "key": key})["last_record"].filename == last


@pytest.mark.parametrize(("size", "kept"), [(2, ["a", "b"]), (9, ["a", "b", "c"]), (0, []), (-1, ["a", "b"])])
def test_the_list_is_cut(worked, size, kept):
    assert worked(["a", "b", "c"], limit={"enabled": True, "size": size})["result"] == kept


def test_the_steps_follow_each_other_as_filter_extract_order_limit(worked):
    steps = {
        **filtered(("", ">", "1")),
        "extract_by": {"enabled": True, "serial": "2"},
        "order_by": {"enabled": True, "value": "desc"},
        "limit": {"enabled": True, "size": 1},
    }
    assert worked([1, 3, 2, 4], **steps)["result"] == [2]


def test_first_and_last_are_null_when_nothing_is_left(worked):
    outputs = worked(["a"], **filtered(("", "is", "b")))
    assert outputs == {"result": [], "first_record": None, "last_record": None}


def test_an_empty_list_of_any_type_is_left_as_it_is(worked):
    outputs = worked([], **filtered(("", "=", "x")), extract_by={"enabled": True, "serial": "5"})
    assert outputs == {"result": [], "first_record": None, "last_record": None}


@pytest.mark.parametrize("items", [[{"a": 1}], [["a"]], ["a", 1], [None]])
def test_lists_of_other_things_are_refused(worked, items):
    with pytest.raises(NodeError, match=r"array\[(object|any)\] is not supported") as failure:
        worked(items)
    assert failure.value.error_type == "ListOperatorError"
    assert failure.value.inputs == {"variable": items}


@pytest.mark.parametrize(
    ("items", "condition", "says"),
    [
        (["a"], ("", ">", "1"), "the operator '>' does not apply to a string"),
        ([1], ("", "contains", "1"), "does not apply to a number"),
        ([True], ("", "=", "true"), "does not apply to a boolean"),
        ([1], ("", "=", "one"), "must be a number"),
        ([1], ("", "=", ["1"]), "must be a number"),
        ([True], ("", "is", "maybe"), "must be a boolean"),
        (["a"], ("", "is", ["a"]), "must be a string"),
        (["a"], ("", "in", True), "must be a string or an array"),
    ],
)
def test_a_condition_that_does_not_fit_fails(worked, items, condition, says):
    with pytest.raises(NodeError, match=says):
        worked(items, **filtered(condition))


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (filtered(("colour", "is", "red")), "Invalid key 'colour'"),
        (filtered(("type", "is", "image")), "does not apply to a choice"),
        (filtered(("size", "contains", "5")), "does not apply to a number"),
        ({"order_by": {"enabled": True, "key": ""}}, "Invalid key ''"),
        ({"order_by": {"enabled": True, "key": "colour"}}, "Invalid key 'colour'"),
    ],
)
def test_files_are_asked_only_for_what_they_have(worked, files, steps, says):
    with pytest.raises(NodeError, match=says):
        worked(files, **steps)


@pytest.mark.parametrize(("values", "says"), [({}, "Variable not found"), ({"a.list": "text"}, "is not an array")])
def test_there_must_be_a_list(node, context, at_once, values, says):
    with pytest.raises(NodeError, match=says):
        at_once(node(ListOperatorNode, variable=["a", "list"], **OFF).run(context(values)))


def test_the_list_of_others_is_not_changed(worked):
    items = ["b", "a"]
    worked(items, order_by={"enabled": True})
    assert items == ["b", "a"]


def test_an_unknown_operator_is_an_error_of_the_file(node):
    with pytest.raises(ValidationError, match="comparison_operator"):
        node(ListOperatorNode, **{**OFF, **filtered(("", "resembles", "a"))})


def test_contains_is_the_operator_where_none_is_given(worked):
    steps = {"filter_by": {"enabled": True, "conditions": [{"key": "", "value": "e"}]}}
    assert worked(["pear", "fig"], **steps)["result"] == ["pear"]
