"""Conditions: every operator on every type, files, booleans, templates, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.workflow import File, FileType, TextForm, TransferMethod, VariableType, infer_type, to_text
from dify_runtime_sdk.workflow.conditions import ComparisonOperator, Condition, ConditionError, ConditionSet

PDF = File(
    type=FileType.DOCUMENT, transfer_method=TransferMethod.LOCAL_FILE, filename="a.pdf", extension=".pdf", size=9
)
PNG = File(type=FileType.IMAGE, transfer_method=TransferMethod.REMOTE_URL, filename="b.png", extension=".png", size=5)


class Values:
    """Variables of the namespace `n`, with the types of those that are declared."""

    def __init__(self, values: dict[str, Any], types: dict[str, VariableType] | None = None) -> None:
        self.values = values
        self.types = types or {}

    def get(self, selector, default=None):
        return self.values.get(selector[1], default) if selector[0] == "n" else default

    def has(self, selector):
        return selector[0] == "n" and selector[1] in self.values

    def type_of(self, selector):
        return self.types.get(selector[1]) or infer_type(self.values[selector[1]])

    def text(self, selector, form=TextForm.TEXT):
        return to_text(self.get(selector), form) if self.has(selector) else None

    def render(self, template, form=TextForm.TEXT):
        return template.render(self, form)

    def assign(self, selector, value):
        raise NotImplementedError

    def namespace(self, name):
        return self.values if name == "n" else {}


def condition(operator: str, value: Any = None, name: str = "x", sub: Any = None) -> Condition:
    return Condition.model_validate(
        {
            "id": "ignored",
            "varType": "ignored",
            "variable_selector": ["n", name],
            "comparison_operator": operator,
            "value": value,
            "sub_variable_condition": sub,
        }
    )


def holds(actual: Any, operator: str, expected: Any = None, kind: VariableType | None = None) -> bool:
    variables = Values({"x": actual}, {"x": kind} if kind else None)
    return ConditionSet([condition(operator, expected)], "and").evaluate(variables).passed


@pytest.mark.parametrize(
    ("actual", "operator", "expected", "answer"),
    [
        ("abcd", "contains", "bc", True),
        ("abcd", "contains", "x", False),
        ("", "contains", "", False),
        (None, "contains", "a", False),
        (0, "contains", "a", False),
        (["a", "b"], "contains", "a", True),
        (["ab"], "contains", "a", False),
        ([], "contains", "a", False),
        ([1, 2], "contains", "1", False),
        ("abcd", "not contains", "x", True),
        ("abcd", "not contains", "bc", False),
        ("", "not contains", "", True),
        (None, "not contains", "a", True),
        (["a"], "not contains", "a", False),
        ("abcd", "start with", "ab", True),
        ("abcd", "start with", "b", False),
        ("", "start with", "", False),
        (None, "start with", "a", False),
        ("abcd", "end with", "cd", True),
        ("abcd", "end with", "c", False),
        (None, "end with", "a", False),
        ("a", "is", "a", True),
        ("a", "is", "A", False),
        ("", "is", "", True),
        (None, "is", "a", False),
        ("a", "is not", "b", True),
        ("a", "is not", "a", False),
        (None, "is not", "a", False),
        (0, "empty", None, True),
        (False, "empty", None, True),
        ("", "empty", None, True),
        ([], "empty", None, True),
        ({}, "empty", None, True),
        (None, "empty", None, True),
        ("a", "empty", None, False),
        (PDF, "empty", None, False),
        (1, "not empty", None, True),
        ("", "not empty", None, False),
        (PDF, "not empty", None, True),
        (1, "=", "1", True),
        (2, "=", "1", False),
        (1, "=", " 1 ", True),
        (1.5, "=", "1.5", True),
        (1.0, "=", "1", True),
        (None, "=", "1", False),
        (1, "≠", "2", True),
        (1, "≠", "1", False),
        (1.5, "≠", "1.5", False),
        (None, "≠", "1", False),
        (2, ">", "1", True),
        (1, ">", "1", False),
        (2, ">", "1.5", True),
        (1, "<", "2", True),
        (2, "<", "1.5", False),
        (1, "≥", "1", True),
        (0.5, "≥", "1", False),
        (1, "≤", "1", True),
        (1.5, "≤", "1", False),
        (9007199254740993, ">", "9007199254740992", True),
        (None, ">", "1", False),
        (None, "<", "1", False),
        (None, "≥", "1", False),
        (None, "≤", "1", False),
        (None, "null", None, True),
        ("", "null", None, False),
        ("", "not null", None, True),
        (None, "not null", None, False),
        ("a", "in", ["a", "b"], True),
        ("c", "in", ["a", "b"], False),
        ("", "in", ["", "b"], False),
        (None, "in", "a", False),
        ("a", "not in", ["b"], True),
        ("a", "not in", ["a"], False),
        ("", "not in", ["a"], True),
        (None, "not in", "a", True),
        (["a", "b", "c"], "all of", ["a", "c"], True),
        (["a", "b"], "all of", ["a", "c"], False),
        ("abc", "all of", ["a", "c"], True),
        ([], "all of", ["a"], False),
        (None, "all of", ["a"], False),
        (PDF, "exists", None, True),
        (None, "exists", None, False),
        (PDF, "not exists", None, False),
        (None, "not exists", None, True),
    ],
)
def test_an_operator_answers_for_a_type(actual, operator, expected, answer):
    assert holds(actual, operator, expected) is answer


@pytest.mark.parametrize(
    ("actual", "operator", "expected", "says"),
    [
        (1, "contains", "1", "a string or an array"),
        ({"a": 1}, "not contains", "a", "a string or an array"),
        (1, "start with", "1", "a string"),
        ("a", "start with", ["a"], "a string"),
        (["a"], "end with", "a", "a string"),
        ("a", "end with", None, "a string"),
        (1, "is", "1", "a string or a boolean"),
        (["a"], "is not", "a", "a string or a boolean"),
        ("1", "=", "1", "a number or a boolean"),
        (["1"], "≠", "1", "a number or a boolean"),
        (1, "=", "1.5", "'1.5' is not a whole number"),
        (1.5, "=", "many", "'many' is not a number"),
        (1, "=", ["1"], "a number"),
        ("2", ">", "1", "a number"),
        (True, "<", "2", "a number"),
        (1, "≥", "many", "'many' is not a number"),
        (1, "≤", None, "a number"),
        ("a", "in", "abc", "an array"),
        ("a", "not in", "abc", "an array"),
        ("abc", "all of", "a", "an array"),
        (5, "all of", ["a"], "a string"),
    ],
)
def test_an_operator_refuses_other_types(actual, operator, expected, says):
    with pytest.raises(ConditionError, match=says) as failure:
        holds(actual, operator, expected)
    assert failure.value.error_type == "WorkflowNodeError"


@pytest.mark.parametrize(
    ("actual", "operator", "expected", "answer"),
    [
        (True, "is", "true", True),
        (True, "is", "1", True),
        (True, "is", True, True),
        (False, "is", "true", False),
        (True, "is not", "false", True),
        (True, "=", "true", True),
        (False, "=", "0", True),
        (True, "≠", "false", True),
        (True, "in", "[true, false]", True),
        ([True, False], "contains", "true", True),
        ([False], "contains", "1", False),
        ([True, False], "all of", "[true, false]", True),
        ([True], "all of", ["true", "false"], False),
        (True, "not empty", "", True),
        (False, "empty", "", True),
        (True, "is", None, False),
    ],
)
def test_what_a_boolean_is_compared_with_is_read_as_json(actual, operator, expected, answer):
    assert holds(actual, operator, expected) is answer


@pytest.mark.parametrize("expected", ["yes", "", '"true"', "{}", "1.5"])
def test_a_boolean_is_compared_with_nothing_else(expected):
    with pytest.raises(ConditionError, match="for a boolean"):
        holds(True, "is", expected)


def test_a_declared_array_of_booleans_is_one_also_when_it_is_empty():
    assert holds([], "not contains", "true", VariableType.ARRAY_BOOLEAN)


@pytest.mark.parametrize("operator", [one.value for one in ComparisonOperator])
def test_a_variable_that_does_not_exist_fails_every_operator(operator):
    unknown = condition(operator, "a", name="nowhere")
    with pytest.raises(ConditionError, match=r"Variable \['n', 'nowhere'\] not found"):
        ConditionSet([unknown], "and").evaluate(Values({"x": 1}))


def test_a_text_is_a_template():
    variables = Values({"x": "Ada Lovelace", "y": "Ada"})
    outcome = ConditionSet([condition("contains", "{{#n.y#}} ")], "and").evaluate(variables)
    assert outcome.passed
    assert outcome.inputs[0]["expected_value"] == "Ada "


def test_a_text_that_is_the_path_of_a_variable_is_replaced_too():
    assert ConditionSet([condition("is", "n.y")], "and").evaluate(Values({"x": "Ada", "y": "Ada"})).passed


def test_a_number_written_by_hand_is_its_text():
    assert condition("=", 5).value == "5"
    assert condition("=", True).value is True
    assert holds(5, "=", 5)


@pytest.mark.parametrize("operator", ["before", "regex", ""])
def test_an_unknown_operator_is_an_error_of_the_file(operator):
    with pytest.raises(ValidationError, match="comparison_operator"):
        condition(operator)


@pytest.mark.parametrize(
    ("logical", "values", "passed", "results"),
    [
        ("and", (1, 1), True, [True, True]),
        ("and", (0, 1), False, [False]),
        ("or", (1, 0), True, [True]),
        ("or", (0, 0), False, [False, False]),
        ("and", (), True, []),
        ("or", (), False, []),
    ],
)
def test_evaluation_ends_where_the_result_is_decided(logical, values, passed, results):
    conditions = [condition("=", "1", name=f"v{at}") for at in range(len(values))]
    variables = Values({f"v{at}": value for at, value in enumerate(values)})
    outcome = ConditionSet(conditions, logical).evaluate(variables)
    assert (outcome.passed, outcome.results, len(outcome.inputs)) == (passed, results, len(results))


def sub(*conditions: tuple[str, str, Any], logical: str = "and") -> dict[str, Any]:
    keys = ("key", "comparison_operator", "value")
    return {"logical_operator": logical, "conditions": [dict(zip(keys, one, strict=True)) for one in conditions]}


def files_hold(files: list[File], conditions: dict[str, Any] | None, operator: str = "contains") -> bool:
    variables = Values({"x": files, "wanted": "png"}, {"x": VariableType.ARRAY_FILE})
    return ConditionSet([condition(operator, "", sub=conditions)], "and").evaluate(variables).passed


@pytest.mark.parametrize(
    ("files", "conditions", "answer"),
    [
        ([PDF, PNG], sub(("extension", "is", "png")), True),
        ([PDF, PNG], sub(("extension", "is", ".png")), True),
        ([PDF, PNG], sub(("extension", "is not", "png")), False),
        ([PDF], sub(("extension", "is not", "png")), True),
        ([PDF, PNG], sub(("extension", "contains", "{{#n.wanted#}}")), True),
        ([PDF, PNG], sub(("name", "not contains", "b")), False),
        ([PDF, PNG], sub(("type", "in", ["image"])), True),
        ([PDF, PNG], sub(("type", "not in", ["image"])), False),
        ([PDF, PNG], sub(("size", ">", "8")), True),
        ([PNG], sub(("size", ">", "8")), False),
        ([PDF], sub(("name", "is", "a.pdf"), ("size", "<", "3")), False),
        ([PDF], sub(("name", "is", "a.pdf"), ("size", "<", "3"), logical="or"), True),
        ([PDF], sub(("url", "not exists", None)), True),
        ([], sub(("size", ">", "8")), False),
        ([], sub(("name", "is not", "a")), True),
    ],
)
@pytest.mark.parametrize("outer", ["contains", "not contains", "all of"])
def test_files_are_asked_by_their_attributes_and_not_by_the_outer_operator(files, conditions, answer, outer):
    assert files_hold(files, conditions, outer) is answer


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        (None, "Sub variable is required"),
        (sub(("colour", "is", "red")), "no such attribute"),
        (sub(("extension", "in", ["png"])), "must be a string"),
        (sub(("size", "contains", "9")), "a string or an array"),
    ],
)
def test_conditions_on_files_are_refused_where_they_do_not_fit(conditions, says):
    with pytest.raises(ConditionError, match=says):
        files_hold([PDF], conditions)


def test_a_list_of_files_can_be_empty_for_the_other_operators():
    assert files_hold([], None, "empty")
