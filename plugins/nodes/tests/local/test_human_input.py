"""Human-input: when it pauses, and which branch it takes."""

import pytest

from dify_nodes.human_input import HumanInputNode
from dify_runtime_sdk.workflow import NodeKind, PauseReason

FORM = {"required_variables": ["form.name", "form.mail"], "pause_reason": "Please sign"}


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ({}, {"form.name": "Ada"}),
        (FORM, {}),
        (FORM, {"form.name": "Ada"}),
    ],
)
def test_it_pauses_while_something_is_missing(node, context, at_once, data, values):
    reason = at_once(node(HumanInputNode, **data).run(context(values)))
    assert isinstance(reason, PauseReason)
    assert (reason.type, reason.node_id, reason.form_id) == ("human_input_required", "node", "node_form")
    assert reason.message == data.get("pause_reason", "")


def test_it_goes_on_when_all_variables_exist(node, context, at_once):
    result = at_once(node(HumanInputNode, **FORM).run(context({"form.name": "Ada", "form.mail": None})))
    assert (result.handle, result.outputs) == ("source", {})
    assert result.inputs == {"form.name": "Ada", "form.mail": None}


@pytest.mark.parametrize(
    "key",
    [
        "edge_source_handle",
        "edgeSourceHandle",
        "source_handle",
        "sourceHandle",
        "selected_branch",
        "selectedBranch",
        "branch",
        "branch_id",
        "branchId",
        "handle",
    ],
)
def test_a_variable_of_its_own_names_the_branch(node, context, at_once, key):
    required = {"required_variables": ["form.name"]}
    values = {"form.name": "Ada", f"node.{key}": "approve"}
    assert at_once(node(HumanInputNode, **required).run(context(values))).handle == "approve"
    default = [{"key": key, "type": "string", "value": "reject"}]
    run = context({"form.name": "Ada"})
    assert at_once(node(HumanInputNode, **required, default_value=default).run(run)).handle == "reject"


def test_its_variables_come_before_the_defaults_and_empty_ones_are_nothing(node, context, at_once):
    default = [{"key": "edge_source_handle", "type": "string", "value": "reject"}]
    values = {"form.name": "Ada", "node.edge_source_handle": "", "node.branch": 5, "node.handle": "approve"}
    human = node(HumanInputNode, required_variables=["form.name"], default_value=default)
    assert at_once(human.run(context(values))).handle == "approve"
    assert human.kind is NodeKind.BRANCH


ASKING = {
    "title": "Approval",
    "form_content": "Draft: {{#llm.text#}}\n{{#$output.note#}}",
    "inputs": [
        {
            "type": "paragraph",
            "output_variable_name": "note",
            "default": {"type": "variable", "selector": ["llm", "text"]},
        },
        {
            "type": "select",
            "output_variable_name": "mood",
            "option_source": {"type": "variable", "selector": ["a", "of"]},
        },
    ],
    "user_actions": [{"id": "approve", "title": "Approve", "button_style": "primary"}],
    "timeout": 2,
    "timeout_unit": "hour",
}


def test_it_asks_by_a_form_with_the_variables_filled_in(node, context, at_once):
    run = context({"llm.text": "Hello", "a.of": ["good", "bad"]})
    reason = at_once(node(HumanInputNode, **ASKING).run(run))
    form = dict(reason.form)
    assert (reason.type, reason.form_id) == ("human_input_required", run.execution_id)
    assert len(form.pop("form_token")) >= 32
    assert form.pop("expiration_time") == int(run.now()) + 7200
    assert form["form_content"] == "Draft: Hello\n{{#$output.note#}}"
    assert form["resolved_default_values"] == {"note": "Hello"}
    assert form["inputs"][1]["option_source"]["value"] == ["good", "bad"]
    assert form["actions"] == ASKING["user_actions"]


def test_the_button_names_the_branch_and_the_fields_are_outputs(node, context, at_once):
    human = node(HumanInputNode, **ASKING)
    rendered = "Draft: Hello\nfine"
    answer = {"action": "approve", "inputs": {"note": "fine", "mood": "good"}, "rendered_content": rendered}
    run = context({"llm.text": "Hello"})
    answered = context({"llm.text": "Hello", f"node.{run.execution_id}": answer})
    result = at_once(human.run(answered))
    assert result.handle == "approve"
    assert result.outputs == {"note": "fine", "mood": "good", "__action_id": "approve", "__rendered_content": rendered}


def test_nobody_answering_takes_the_branch_of_the_timeout(node, context, at_once):
    run = context({})
    late = context({f"node.{run.execution_id}": {"timeout": True}})
    assert at_once(node(HumanInputNode, **ASKING).run(late)).handle == "__timeout"


@pytest.mark.parametrize(
    ("methods", "reachable"),
    [
        (None, True),
        ([{"type": "webapp"}], True),
        ([{"type": "webapp", "enabled": False}], False),
        ([{"type": "email"}], False),
    ],
)
def test_only_a_form_that_the_web_app_delivers_has_a_token(node, context, at_once, methods, reachable):
    reason = at_once(node(HumanInputNode, **ASKING, delivery_methods=methods).run(context({"llm.text": "x"})))
    assert (reason.form["form_token"] is not None) is reachable
