"""Environment and conversation variables."""

import pytest

from dify_workflow.dsl import DslStructureError, ValueType, from_mapping, load
from dify_workflow.dsl.sizes import memory_size


def variable(value, value_type="string", name="v", **fields):
    return {"id": f"id-{name}", "name": name, "value_type": value_type, "value": value, **fields}


def problem(raw, **options):
    with pytest.raises(DslStructureError) as caught:
        from_mapping(raw, **options)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("value", "declared", "stored"),
    [
        ("", "string", "string"),
        ("x", "secret", "secret"),
        (3, "number", "integer"),
        (3.5, "number", "float"),
        (3, "integer", "integer"),
        (3, "float", "float"),
        (True, "boolean", "boolean"),
        ({"a": 1}, "object", "object"),
        ([], "array[string]", "array[string]"),
        ([1, 2.5], "array[number]", "array[number]"),
        ([{}], "array[object]", "array[object]"),
        ([False], "array[boolean]", "array[boolean]"),
    ],
)
def test_variables_of_all_types_are_read_and_numbers_are_told_apart(workflow, value, declared, stored):
    document = from_mapping(workflow(conversation_variables=[variable(value, declared)]))
    assert document.conversation_variables["v"].stored_type == ValueType(stored)
    assert document.conversation_variables["v"].value == value


@pytest.mark.parametrize("declared", ["file", "array[file]", "array[any]", "none", "text", None])
def test_other_types_are_refused(workflow, declared):
    found = problem(workflow(conversation_variables=[variable("x", declared)]))
    assert found.field == "workflow.conversation_variables[0].value_type"


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        (1, "string"),
        ("1", "number"),
        (True, "integer"),
        (1.5, "integer"),
        (1, "boolean"),
        ([], "object"),
        ("[]", "array[string]"),
        ([1], "array[string]"),
        ([True], "array[number]"),
    ],
)
def test_a_value_must_be_of_its_type(workflow, value, declared):
    found = problem(workflow(conversation_variables=[variable(value, declared)]))
    assert (found.code, found.field) == ("invalid_value", "workflow.conversation_variables[0].value")


@pytest.mark.parametrize("item", [{"name": "v", "value_type": "string"}, variable(None)])
def test_a_variable_needs_a_value(workflow, item):
    assert problem(workflow(conversation_variables=[item])).code == "missing_value"


def test_a_variable_over_the_size_limit_is_refused(workflow):
    found = problem(workflow(conversation_variables=[variable("x" * 204_800)]))
    assert found.code == "variable_too_large"
    assert from_mapping(workflow(conversation_variables=[variable("x" * 204_000)])).conversation_variables


def test_the_size_limit_is_an_argument(workflow, text):
    raw = workflow(conversation_variables=[variable(["x" * 90], "array[string]")])
    assert problem(raw, max_variable_size=150).message.endswith("more than 150")
    with pytest.raises(DslStructureError, match=r"line \d+, column 5, .*more than 150"):
        load(text(raw), max_variable_size=150)


def test_the_size_of_a_value_counts_all_that_is_in_it():
    parts = memory_size("k") + memory_size("x" * 1000) + memory_size(1)
    assert memory_size({"k": ["x" * 1000, 1]}) > parts


@pytest.mark.parametrize("declared", ["boolean", "object", "array[string]"])
def test_environment_variables_have_fewer_types(workflow, declared):
    found = problem(workflow(environment_variables=[variable(True, declared)]))
    assert found.field == "workflow.environment_variables[0].value_type"


@pytest.mark.parametrize("identity", [None, ""])
def test_an_environment_variable_needs_an_id(workflow, identity):
    found = problem(workflow(environment_variables=[variable("x", id=identity)]))
    assert found.field == "workflow.environment_variables[0].id"


def test_of_two_variables_with_one_name_the_later_counts_and_a_warning_says_so(workflow):
    document = from_mapping(workflow(environment_variables=[variable("a"), variable("b"), variable("c", name="w")]))
    assert [item.value for item in document.environment_variables.values()] == ["b", "c"]
    assert document.warnings == ("workflow.environment_variables has 'v' more than once: the last one counts.",)


def test_a_secret_is_in_no_error_and_no_representation(workflow, text):
    raw = workflow(environment_variables=[variable("hunter2", "secret")])
    document = load(text(raw))
    assert "hunter2" not in repr(document) + repr(document.file)
    raw["workflow"]["environment_variables"][0]["value"] = ["hunter2"]
    with pytest.raises(DslStructureError) as caught:
        load(text(raw))
    assert "hunter2" not in f"{caught.value!r}{caught.value}{caught.value.problems}"
