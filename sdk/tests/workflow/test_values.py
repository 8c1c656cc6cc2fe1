"""Values of a workflow: types, text forms and the JSON they become."""

import json
from collections import OrderedDict
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime_sdk.workflow import (
    File,
    FileType,
    TextForm,
    TransferMethod,
    VariableType,
    from_json,
    infer_type,
    to_json,
    to_text,
    zero_value,
)

PICTURE = File(
    type=FileType.IMAGE,
    transfer_method=TransferMethod.LOCAL_FILE,
    related_id="u1",
    filename="a.png",
    extension=".png",
    mime_type="image/png",
    size=3,
    url="https://files.example/a.png",
)
PAPER = File(type=FileType.DOCUMENT, transfer_method=TransferMethod.REMOTE_URL, remote_url="https://x.example/b.pdf")


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", VariableType.STRING),
        (Colour.RED, VariableType.STRING),
        (True, VariableType.BOOLEAN),
        (1, VariableType.INTEGER),
        (1.5, VariableType.FLOAT),
        (None, VariableType.NONE),
        ({}, VariableType.OBJECT),
        (OrderedDict(a=1), VariableType.OBJECT),
        (PICTURE, VariableType.FILE),
        ([], VariableType.ARRAY_ANY),
        (["a"], VariableType.ARRAY_STRING),
        ([1, 2.5], VariableType.ARRAY_NUMBER),
        ([True], VariableType.ARRAY_BOOLEAN),
        ([True, 1], VariableType.ARRAY_ANY),
        ([{}], VariableType.ARRAY_OBJECT),
        ([PICTURE], VariableType.ARRAY_FILE),
        ([["a"]], VariableType.ARRAY_ANY),
        ([None], VariableType.ARRAY_ANY),
        (("a", "b"), VariableType.ARRAY_STRING),
    ],
)
def test_a_type_is_inferred_from_the_value(value, expected):
    assert infer_type(value) is expected


@pytest.mark.parametrize("value", [object(), b"bytes", {1}, [object()]])
def test_what_is_no_value_of_a_workflow_is_refused(value):
    with pytest.raises(TypeError, match="JSON or a file"):
        infer_type(value)


@pytest.mark.parametrize(
    ("value", "text", "markdown", "log"),
    [
        ("a", "a", "a", "a"),
        (None, "", "", ""),
        (True, "True", "True", "True"),
        (1.5, "1.5", "1.5", "1.5"),
        ({"a": "é"}, '{"a": "é"}', '{\n  "a": "é"\n}', '{\n  "a": "é"\n}'),
        ([], "", "", ""),
        (["a", "é"], '["a", "é"]', "- a\n- é", '["a", "é"]'),
        ([1, 2], "[1, 2]", "- 1\n- 2", "[1, 2]"),
        ([{"a": 1}], "[{'a': 1}]", '- {\n  "a": 1\n}', "[{'a': 1}]"),
        (PICTURE, "", "![a.png](https://files.example/a.png)", "![a.png](https://files.example/a.png)"),
        ([PICTURE, PAPER], "", "![a.png](https://files.example/a.png)\n[](https://x.example/b.pdf)", ""),
    ],
)
def test_each_form_has_its_text(value, text, markdown, log):
    assert to_text(value) == text
    assert to_text(value, TextForm.MARKDOWN) == markdown
    assert to_text(value, TextForm.LOG) == log


@pytest.mark.parametrize("secret", ["short", "a-rather-long-secret-value"])
def test_a_secret_is_readable_in_prompts_and_hidden_in_logs(secret):
    assert to_text(secret, TextForm.TEXT, VariableType.SECRET) == secret
    assert secret not in to_text(secret, TextForm.LOG, VariableType.SECRET)


@pytest.mark.parametrize("of", list(VariableType))
def test_a_cleared_variable_is_empty_and_keeps_its_type(of):
    value = zero_value(of)
    assert not value
    if of.is_array:
        assert value == []
    elif of not in {VariableType.NUMBER, VariableType.SECRET, VariableType.FILE, VariableType.NONE}:
        assert infer_type(value) is of


def test_numbers_and_arrays_know_themselves():
    assert [of for of in VariableType if of.is_number] == [
        VariableType.NUMBER,
        VariableType.INTEGER,
        VariableType.FLOAT,
    ]
    assert sum(of.is_array for of in VariableType) == 6


def test_the_attributes_of_a_file_are_those_that_a_selector_may_name():
    names = ("type", "size", "name", "mime_type", "transfer_method", "url", "extension", "related_id")
    assert [PICTURE.attribute(name) for name in names] == [
        "image",
        3,
        "a.png",
        "image/png",
        "local_file",
        "https://files.example/a.png",
        ".png",
        "u1",
    ]
    with pytest.raises(KeyError):
        PICTURE.attribute("tenant_id")


def test_a_file_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="poem"):
        File.from_json({"type": "poem", "transfer_method": "local_file"})


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from([PICTURE, PAPER]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_values_survive_the_way_through_json(value):
    wire = json.dumps(to_json(value))
    assert from_json(json.loads(wire)) == value


def test_a_file_that_somebody_wrote_belongs_to_the_tenant_that_reads_it():
    foreign = {"a": [{**to_json(PICTURE), "tenant_id": "another"}]}
    assert from_json(foreign, tenant_id="mine")["a"][0].tenant_id == "mine"
    assert from_json(foreign)["a"][0].tenant_id == "another"
