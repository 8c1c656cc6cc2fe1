"""Inputs against a form."""

import pytest

from dify_workflow.dsl import FormVariable, InputsError, validate_inputs


def field(kind, **options):
    return FormVariable(variable="x", type=kind, **options)


def taken(declared, value):
    return validate_inputs([declared], {"x": value})["x"]


def refusal(declared, value):
    with pytest.raises(InputsError) as caught:
        taken(declared, value)
    return str(caught.value)


FILE = {"type": "image", "transfer_method": "remote_url", "url": "http://example.org/a.png"}


@pytest.mark.parametrize(
    ("declared", "value", "result"),
    [
        (field("text-input"), "a\0b", "ab"),
        (field("text-input", max_length=3), "abc", "abc"),
        (field("text-input", required=True), "", ""),
        (field("paragraph"), "a\nb", "a\nb"),
        (field("select", options=["a", "b"]), "b", "b"),
        (field("number"), 3, 3),
        (field("number"), 2.5, 2.5),
        (field("number"), " 42 ", 42),
        (field("number"), "-1.5", -1.5),
        (field("number"), "  ", None),
        (field("number", required=True), "", None),
        (field("checkbox"), True, True),
        (field("checkbox"), 0, False),
        (field("checkbox"), "Yes", True),
        (field("checkbox"), "off", False),
        (field("checkbox"), "1", True),
        (field("file"), FILE, FILE),
        (field("file-list", max_length=2), [FILE, FILE], [FILE, FILE]),
        (field("json_object"), {"a": 1}, {"a": 1}),
        (field("json_object"), "", ""),
        (field("json_object"), [], []),
        (field("external_data_tool"), [1], [1]),
    ],
)
def test_inputs_of_the_declared_kind_are_taken(declared, value, result):
    found = taken(declared, value)
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        (field("text-input", required=True), None, "x is required in input form"),
        (field("text-input"), 1, "x in input form must be a string"),
        (field("text-input", max_length=2), "abc", "x in input form must be less than 2 characters"),
        (field("paragraph", max_length=2), "abc", "x in input form must be less than 2 characters"),
        (field("select", options=["a"]), "b", "x in input form must be one of the following: ['a']"),
        (field("select", options=["a"]), 1, "x in input form must be a string"),
        (field("number"), "many", "x in input form must be a valid number"),
        (field("number"), "1.2.3", "x in input form must be a valid number"),
        (field("number"), "9" * 5000, "x in input form must be a valid number"),
        (field("number"), True, "x in input form must be a valid number"),
        (field("number"), [1], "x in input form must be a valid number"),
        (field("checkbox"), "perhaps", "x in input form must be true or false"),
        (field("checkbox"), 2, "x in input form must be true or false"),
        (field("checkbox"), 1.0, "x in input form must be true or false"),
        (field("file"), "id", "x in input form must be a file"),
        (field("file-list"), FILE, "x in input form must be a list of files"),
        (field("file-list"), ["id"], "x in input form must be a list of files"),
        (field("file-list", max_length=1), [FILE, FILE], "x in input form must be at most 1 files"),
        (field("json_object"), "{}", "x in input form must be a JSON object"),
        (field("json_object"), [1], "x in input form must be a JSON object"),
        (field("text-input"), {}, "x in input form must not be an object"),
        (field("number"), {"a": 1}, "x in input form must not be an object"),
        (field("external_data_tool"), {"a": 1}, "x in input form must not be an object"),
    ],
)
def test_other_inputs_are_refused(declared, value, message):
    assert refusal(declared, value) == message


@pytest.mark.parametrize(
    ("declared", "result"),
    [
        (field("text-input"), None),
        (field("text-input", default="hello"), "hello"),
        (field("number", default="5"), 5),
        (field("number", default=""), None),
        (field("number", default=0), 0),
        (field("checkbox", default=True), True),
    ],
)
def test_an_absent_optional_input_has_its_default(declared, result):
    assert taken(declared, None) == result
    assert validate_inputs([declared], {}) == {"x": result}


def test_undeclared_inputs_are_dropped():
    assert validate_inputs([field("text-input")], {"x": "a", "y": "b"}) == {"x": "a"}


def test_all_refused_inputs_are_told():
    form = [FormVariable(variable=name, type="text-input", required=True) for name in "ab"]
    with pytest.raises(InputsError, match=r"^a is required in input form$") as caught:
        validate_inputs(form, {})
    assert [problem.path for problem in caught.value.problems] == [("a",), ("b",)]
    assert caught.value.code == "invalid_inputs"
