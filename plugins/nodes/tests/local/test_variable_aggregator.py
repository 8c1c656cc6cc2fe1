"""Variable-aggregator: the first variable that exists."""

import pytest

from dify_nodes.variable_aggregator import VariableAggregatorNode

SELECTORS = [["a", "output"], ["b", "output"]]
GROUPS = {
    "group_enabled": True,
    "groups": [
        {"groupId": "1", "group_name": "One", "output_type": "string", "variables": SELECTORS},
        {"group_name": "Two", "output_type": "object", "variables": [["c", "json", "key"]]},
    ],
}


@pytest.mark.parametrize(
    ("values", "outputs"),
    [
        ({"a.output": "x", "b.output": "y"}, {"output": "x"}),
        ({"b.output": "y"}, {"output": "y"}),
        ({"a.output": None, "b.output": "y"}, {"output": None}),
        ({"a.output": "", "b.output": "y"}, {"output": ""}),
        ({}, {}),
    ],
)
def test_the_first_that_exists_wins(node, context, at_once, values, outputs):
    result = at_once(node(VariableAggregatorNode, variables=SELECTORS, output_type="string").run(context(values)))
    assert (result.outputs, result.inputs) == (outputs, outputs)


def test_each_group_is_an_object_with_one_output(node, context, at_once):
    aggregator = node(VariableAggregatorNode, variables=SELECTORS, output_type="any", advanced_settings=GROUPS)
    result = at_once(aggregator.run(context({"b.output": "y", "c.json": {"key": 5}})))
    assert result.outputs == {"One": {"output": "y"}, "Two": {"output": 5}}
    assert result.inputs == {"One.output": "y", "Two.json.key": 5}


def test_a_group_of_which_nothing_exists_is_left_out(node, context, at_once):
    aggregator = node(VariableAggregatorNode, variables=SELECTORS, advanced_settings=GROUPS)
    assert at_once(aggregator.run(context({"a.output": 1}))).outputs == {"One": {"output": 1}}


def test_groups_that_are_switched_off_are_not_used(node, context, at_once):
    off = {**GROUPS, "group_enabled": False}
    aggregator = node(VariableAggregatorNode, variables=SELECTORS, advanced_settings=off)
    assert at_once(aggregator.run(context({"a.output": 1}))).outputs == {"output": 1}
