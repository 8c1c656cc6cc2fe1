"""If-else: which branch is taken, and what the log shows."""

import pytest
from pydantic import ValidationError

from dify_nodes.if_else import IfElseNode
from dify_runtime_sdk.workflow import NodeError, NodeKind


def case(case_id, *conditions, logical="and"):
    keys = ("variable_selector", "comparison_operator", "value")
    listed = [dict(zip(keys, (["s", name], by, value), strict=True)) for name, by, value in conditions]
    return {"case_id": case_id, "logical_operator": logical, "conditions": listed}


CASES = [
    case("upper", ("style", "is", "upper")),
    case("many", ("count", ">", "10"), ("text", "contains", "many"), logical="or"),
]


@pytest.mark.parametrize(
    ("values", "handle", "result"),
    [
        ({"s.style": "upper", "s.count": 1, "s.text": ""}, "upper", True),
        ({"s.style": "upper", "s.count": 99, "s.text": ""}, "upper", True),
        ({"s.style": "x", "s.count": 99, "s.text": ""}, "many", True),
        ({"s.style": "x", "s.count": 1, "s.text": "so many"}, "many", True),
        ({"s.style": "x", "s.count": 1, "s.text": ""}, "false", False),
    ],
)
def test_the_first_case_that_holds_is_taken(node, context, at_once, values, handle, result):
    done = at_once(node(IfElseNode, cases=CASES).run(context(values)))
    assert done.handle == handle
    assert done.outputs == {"result": result, "selected_case_id": handle}


def test_the_log_shows_the_cases_that_were_evaluated(node, context, at_once):
    values = {"s.style": "shout", "s.count": 1, "s.text": "a"}
    done = at_once(node(IfElseNode, cases=CASES).run(context(values)))
    assert done.inputs == {
        "conditions": [
            {"actual_value": 1, "expected_value": "10", "comparison_operator": ">"},
            {"actual_value": "a", "expected_value": "many", "comparison_operator": "contains"},
        ]
    }
    first, second = done.process_data["condition_results"]
    assert first == {
        "group": {
            "case_id": "upper",
            "logical_operator": "and",
            "conditions": [
                {
                    "variable_selector": ["s", "style"],
                    "comparison_operator": "is",
                    "value": "upper",
                    "sub_variable_condition": None,
                }
            ],
        },
        "results": [False],
        "final_result": False,
    }
    assert (second["results"], second["final_result"]) == ([False, False], False)


def test_later_cases_are_not_looked_at(node, context, at_once):
    done = at_once(node(IfElseNode, cases=CASES).run(context({"s.style": "upper"})))
    assert len(done.process_data["condition_results"]) == 1


def test_a_missing_variable_fails_the_node_and_leaves_what_was_evaluated(node, context, at_once):
    with pytest.raises(NodeError, match=r"Variable \['s', 'count'\] not found") as failure:
        at_once(node(IfElseNode, cases=CASES).run(context({"s.style": "x"})))
    assert failure.value.error_type == "WorkflowNodeError"
    assert len(failure.value.process_data["condition_results"]) == 1


@pytest.mark.parametrize(("title", "handle"), [("", "true"), ("Cats", "false")])
@pytest.mark.parametrize("logical", ["and", None])
def test_an_older_file_has_one_case(node, context, at_once, title, handle, logical):
    conditions = case("", ("title", "empty", ""))["conditions"]
    legacy = node(IfElseNode, conditions=conditions, logical_operator=logical)
    done = at_once(legacy.run(context({"s.title": title})))
    assert (done.handle, done.outputs["selected_case_id"]) == (handle, handle)


@pytest.mark.parametrize("data", [{}, {"cases": []}, {"cases": [], "conditions": []}])
def test_without_cases_the_other_branch_is_taken(node, context, at_once, data):
    assert at_once(node(IfElseNode, **data).run(context())).outputs == {"result": False, "selected_case_id": "false"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": [{"logical_operator": "and", "conditions": []}]},
        {"cases": [{"case_id": "a", "logical_operator": "xor", "conditions": []}]},
        {"cases": [case("a", ("b", "resembles", "c"))]},
    ],
)
def test_a_wrong_case_is_an_error_of_the_file(node, wrong):
    with pytest.raises(ValidationError, match="cases"):
        node(IfElseNode, **wrong)


def test_it_branches():
    assert IfElseNode.kind is NodeKind.BRANCH
