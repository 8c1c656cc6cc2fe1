"""Forms of apps of all modes."""

import pytest

from dify_workflow.dsl import DslStructureError, FormType, from_mapping, input_form, load

NAME = {"variable": "name", "label": "Name", "type": "text-input", "required": True, "max_length": 48, "novel": 1}
LEVEL = {"variable": "level", "label": "Level", "type": "select", "options": ["low", 2], "max_length": ""}


def test_a_start_node_declares_the_form_of_a_graph(workflow):
    name, level = input_form(from_mapping(workflow(variables=[NAME, LEVEL])))
    assert (name.variable, name.type, name.required, name.max_length) == ("name", FormType.TEXT_INPUT, True, 48)
    assert name.model_extra == {"novel": 1}
    assert (level.options, level.max_length, level.required) == (["low", "2"], None, False)


def test_an_easy_app_declares_its_form_by_type(chat):
    form = [{"text-input": {"variable": "a", "label": "A"}}, {"number": {"variable": "b", "label": "B", "default": 1}}]
    fields = input_form(from_mapping(chat(user_input_form=form)))
    assert [(field.type, field.variable, field.default) for field in fields] == [
        ("text-input", "a", None),
        ("number", "b", 1),
    ]


def test_a_pipeline_has_a_form_for_each_data_source(pipeline):
    variables = [
        {"variable": "all", "type": "number", "belong_to_node_id": "shared", "default_value": 3, "required": True},
        {"variable": "one", "type": "checkbox", "belong_to_node_id": "first"},
        {"variable": "two", "type": "text-input", "belong_to_node_id": "second"},
    ]
    document = from_mapping(pipeline(rag_pipeline_variables=variables))
    assert [field.variable for field in input_form(document)] == ["all", "one", "two"]
    assert [field.variable for field in input_form(document, datasource="first")] == ["all", "one"]
    shared = input_form(document)[0]
    assert (shared.type, shared.default, shared.required) == ("number", 3, True)


@pytest.mark.parametrize("kind", ["trigger-webhook", "code"])
def test_a_graph_without_start_node_has_no_form(workflow, node, kind):
    raw = workflow(node("n", kind))
    raw["workflow"]["graph"]["nodes"].pop(0)
    assert input_form(from_mapping(raw)) == ()


def test_a_declaration_that_cannot_be_understood_is_told_with_its_place(workflow, text):
    raw = workflow(variables=[NAME, {"variable": "x", "type": "crystal-ball"}])
    with pytest.raises(DslStructureError) as caught:
        input_form(load(text(raw)))
    problem = caught.value.problems[0]
    assert problem.field == "workflow.graph.nodes[0].data.variables[1].type"
    assert (problem.node_id, problem.node_title) == ("start", "Start")
    assert problem.line is not None
