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
