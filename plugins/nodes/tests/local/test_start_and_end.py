"""Start, end and answer."""

import json

import pytest
from pydantic import ValidationError

from dify_nodes.answer import AnswerNode
from dify_nodes.end import EndNode
from dify_nodes.start import StartNode
from dify_runtime_sdk.workflow import FileType, NodeError, NodeKind

SYSTEM = {"sys.query": "Hi", "sys.files": []}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def variable(name: str, kind: str, **more: object) -> dict[str, object]:
    return {"variable": name, "label": name, "type": kind, **more}


def test_start_puts_out_all_inputs_and_the_system_variables_under_literal_keys(node, context, at_once):
    start = node(StartNode, variables=[variable("name", "text-input")])
    result = at_once(start.run(context(SYSTEM, inputs={"name": "Ada", "undeclared": 1})))
    assert result.outputs == {"name": "Ada", "undeclared": 1, "sys.query": "Hi", "sys.files": []}
    assert result.inputs == result.outputs
    assert start.kind is NodeKind.ROOT


@pytest.mark.parametrize(
    "kind",
    [
        "text-input",
        "select",
        "paragraph",
        "number",
        "external_data_tool",
        "file",
        "file-list",
        "checkbox",
        "json_object",
    ],
)
def test_start_knows_every_type_of_input(node, kind):
    assert node(StartNode, variables=[variable("x", kind)]).config.variables[0].type == kind


def test_start_refuses_an_unknown_type_of_input(node):
    with pytest.raises(ValidationError, match="type"):
        node(StartNode, variables=[variable("x", "colour")])


@pytest.mark.parametrize("sent", [{"age": 36}, '{"age": 36}'])
@pytest.mark.parametrize("schema", [None, SCHEMA, json.dumps(SCHEMA)])
def test_a_json_object_is_parsed(node, context, at_once, sent, schema):
    start = node(StartNode, variables=[variable("person", "json_object", json_schema=schema)])
    assert at_once(start.run(context(inputs={"person": sent}))).outputs == {"person": {"age": 36}}


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("{", "Invalid JSON for 'person'"),
        ("[" * 100_000, "Invalid JSON for 'person'"),
        ("[1]", "person must be a JSON object"),
        (5, "person must be a JSON object"),
        ({"age": "old"}, "does not match schema: 'old' is not of type 'integer'"),
        ({}, "'age' is a required property"),
    ],
)
def test_a_wrong_json_object_fails_the_start(node, context, at_once, sent, says):
    start = node(StartNode, variables=[variable("person", "json_object", json_schema=SCHEMA)])
    with pytest.raises(NodeError, match=says) as failure:
        at_once(start.run(context(inputs={"person": sent})))
    assert failure.value.error_type == "WorkflowNodeError"


def test_a_required_json_object_must_be_there(node, context, at_once):
    start = node(StartNode, variables=[variable("person", "json_object", required=True)])
    with pytest.raises(NodeError, match="person is required"):
        at_once(start.run(context()))


def test_an_optional_json_object_may_be_missing(node, context, at_once):
    start = node(StartNode, variables=[variable("person", "json_object", json_schema=SCHEMA)])
    assert at_once(start.run(context())).outputs == {}


def test_a_schema_that_is_none_is_an_error_of_the_file(node):
    with pytest.raises(ValueError, match="json_schema of 'person' is not a JSON Schema"):
        node(StartNode, variables=[variable("person", "json_object", json_schema={"type": "colour"})])


def test_a_schema_fetches_nothing(node, context, at_once):
    schema = {"$ref": "http://127.0.0.1:9/schema.json"}
    start = node(StartNode, variables=[variable("person", "json_object", json_schema=schema)])
    with pytest.raises(NodeError, match="unresolvable reference"):
        at_once(start.run(context(inputs={"person": {}})))


def test_end_puts_out_what_exists_and_null_for_the_rest(node, context, at_once, make_file):
    outputs = [
        {"variable": "text", "value_selector": ["a", "text"], "value_type": "string"},
        {"variable": "kind", "value_selector": ["a", "file", "extension"]},
        {"variable": "none", "value_selector": ["b", "text"]},
        {"variable": "unset", "value_selector": []},
    ]
    end = node(EndNode, outputs=outputs)
    result = at_once(end.run(context({"a.text": "x", "a.file": make_file("b.pdf")})))
    assert result.outputs == {"text": "x", "kind": ".pdf", "none": None, "unset": None}
    assert result.inputs == result.outputs
    assert end.kind is NodeKind.RESPONSE


def test_end_lowers_the_type_of_an_output_and_knows_files_without_one(node):
    outputs = [
        {"variable": "a", "value_selector": ["a", "b"], "value_type": "Array[String]"},
        {"variable": "b", "value_selector": ["a", "b"]},
        {"variable": "c", "value_selector": ["a", "b"], "value_type": None},
    ]
    types = [one.value_type for one in node(EndNode, outputs=outputs).config.outputs]
    assert types == ["array[string]", "any", "any"]


def test_end_streams_its_outputs_with_a_new_line_between(node):
    selectors = [["a", "x"], [], ["b", "y", "z"]]
    outputs = [{"variable": str(at), "value_selector": selector} for at, selector in enumerate(selectors)]
    assert node(EndNode, outputs=outputs).response() == [("a", "x"), "\n", ("b", "y", "z")]


def test_answer_renders_markdown_and_leaves_what_does_not_exist_as_its_path(node, context, at_once):
    answer = node(AnswerNode, answer="{{#a.items#}}\n{{#a.gone#}} {{no reference}}")
    result = at_once(answer.run(context({"a.items": ["x", "y"]})))
    assert result.outputs == {"answer": "- x\n- y\na.gone {{no reference}}", "files": []}
    assert result.inputs == {}


def test_answer_puts_out_the_files_that_it_refers_to(node, context, at_once, make_file):
    one, two, three = make_file("1.png", type=FileType.IMAGE, url="http://x/1"), make_file("2.txt"), make_file("3.txt")
    values = {"a.one": one, "a.more": [two, three], "a.text": "t", "a.list": ["x"], "a.empty": []}
    answer = node(AnswerNode, answer="{{#a.one#}}{{#a.more#}}{{#a.text#}}{{#a.list#}}{{#a.empty#}}{{#a.gone#}}")
    result = at_once(answer.run(context(values)))
    assert result.outputs["files"] == [one, two, three]
    assert result.outputs["answer"].startswith("![1.png](http://x/1)[2.txt]()")


def test_answer_streams_its_template(node):
    answer = node(AnswerNode, answer="Hello {{#sys.query#}}!")
    assert answer.response() == ("Hello ", ("sys", "query"), "!")
    assert answer.kind is NodeKind.RESPONSE
