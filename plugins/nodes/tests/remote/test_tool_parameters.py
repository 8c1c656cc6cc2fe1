"""`tool` nodes: the parameters of the call."""

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.tools import (
    ToolParameter,
)
from dify_runtime_sdk.workflow import NodeError

PARAMETERS = tuple(ToolParameter(name=name) for name in ("a", "b", "c"))


def tool(**more):
    return {
        "type": "tool",
        "provider_id": "time",
        "provider_type": "builtin",
        "provider_name": "time",
        "tool_name": "current_time",
        "tool_label": "Current Time",
        "tool_configurations": {},
        "tool_parameters": {},
    } | more


async def called(bench, make, variables=None, schema=PARAMETERS, **data):
    tools = make("tools", parameters=schema)
    await bench.offer(tools=tools).run(variables, **tool(**data))
    return tools.calls[0].parameters


async def test_mixed_and_constant_become_text_and_variables_keep_their_type(bench, make):
    parameters = {
        "a": {"type": "mixed", "value": "x={{#start.n#}}"},
        "b": {"type": "constant", "value": 7},
        "c": {"type": "variable", "value": ["start", "n"]},
    }

    assert await called(bench, make, {"start.n": 3}, tool_parameters=parameters) == {"a": "x=3", "b": "7", "c": 3}


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "True"), (1.5, "1.5"), ("{{#start.n#}}", "3"), ({"a": "é"}, '{"a": "é"}'), ([1, 2], "[1, 2]")],
)
async def test_constants_become_text(bench, make, value, text):
    parameters = {"a": {"type": "constant", "value": value}}

    assert await called(bench, make, {"start.n": 3}, tool_parameters=parameters) == {"a": text}


async def test_a_file_is_passed_as_it_is(bench, make):
    file = make("file", "a")
    parameters = {"a": {"type": "variable", "value": ["start", "file"]}}

    assert await called(bench, make, {"start.file": file}, tool_parameters=parameters) == {"a": file}


async def test_entries_without_a_value_and_bare_texts_of_old_files_are_dropped(bench, make):
    parameters = {"a": None, "b": {"type": "mixed", "value": None}, "c": "{{#start.n#}}"}

    assert await called(bench, make, {"start.n": 3}, tool_parameters=parameters) == {}


@pytest.mark.parametrize("field", ["tool_parameters", "tool_configurations"])
async def test_no_parameters_at_all_may_be_written_as_null(bench, make, field):
    assert await called(bench, make, **{field: None}) == {}


async def test_an_optional_variable_that_is_not_there_is_left_out(bench, make):
    parameters = {"a": {"type": "variable", "value": ["start", "gone"]}}

    assert await called(bench, make, tool_parameters=parameters) == {}


async def test_a_required_variable_that_is_not_there_fails(bench, make):
    tools = make("tools", parameters=(ToolParameter(name="a", required=True),))
    data = tool(tool_parameters={"a": {"type": "variable", "value": ["start", "gone"]}})

    with pytest.raises(NodeError, match=r"Variable start\.gone") as caught:
        await bench.offer(tools=tools).run(**data)

    assert caught.value.error_type == "ToolParameterError"
    assert caught.value.metadata["tool_info"]["provider_id"] == "time"
    assert tools.calls == []


async def test_a_variable_that_is_none_is_there(bench, make):
    parameters = {"a": {"type": "variable", "value": ["start", "none"]}}

    assert await called(bench, make, {"start.none": None}, tool_parameters=parameters) == {"a": None}


async def test_parameters_that_the_tool_does_not_know_are_null(bench, make):
    parameters = {"z": {"type": "mixed", "value": "x"}}

    assert await called(bench, make, tool_parameters=parameters) == {"z": None}


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "mixed", "value": 7},
        {"type": "variable", "value": "start.x"},
        {"type": "variable", "value": []},
        {"type": "variable", "value": [1]},
        {"type": "magic", "value": "x"},
    ],
)
def test_a_malformed_parameter_is_an_error_of_the_file(bench, entry):
    with pytest.raises(ValidationError):
        bench.node(**tool(tool_parameters={"a": entry}))


def test_an_unknown_kind_of_provider_is_an_error_of_the_file(bench):
    with pytest.raises(ValidationError):
        bench.node(**tool(provider_type="magic"))


async def test_configurations_of_the_oldest_files_are_passed_as_they_are(bench, make):
    configurations = {"format": "{{#start.n#}}", "n": 1, "typed": {"type": "mixed", "value": "x"}, "none": None}

    assert await called(bench, make, {"start.n": 3}, tool_configurations=configurations) == {
        "format": "{{#start.n#}}",
        "n": 1,
        "typed": {"type": "mixed", "value": "x"},
    }


@pytest.mark.parametrize("version", [{"tool_node_version": "2"}, {"tool_node_version": 2}, {"version": "2"}])
async def test_configurations_of_newer_files_are_resolved(bench, make, version):
    configurations = {
        "format": {"type": "mixed", "value": "%Y {{#start.n#}}"},
        "zone": {"type": "constant", "value": "UTC"},
        "count": {"type": "constant", "value": 4096},
        "typed": {"type": "variable", "value": ["start", "n"]},
        "plain": "is {{#start.n#}}",
        "number": 5,
        "gone": {"type": "variable", "value": ["start", "gone"]},
        "none": {"type": "mixed", "value": None},
    }

    assert await called(bench, make, {"start.n": 3}, tool_configurations=configurations, **version) == {
        "format": "%Y 3",
        "zone": "UTC",
        "count": "4096",
        "typed": 3,
        "plain": "is 3",
        "number": 5,
        "gone": None,
    }


async def test_parameters_win_over_configurations(bench, make):
    data = {"tool_configurations": {"a": "1"}, "tool_parameters": {"a": {"type": "mixed", "value": "2"}}}

    assert await called(bench, make, **data) == {"a": "2"}


@pytest.mark.parametrize("field", ["tool_parameters", "tool_configurations"])
def test_parameters_that_are_no_mapping_are_an_error_of_the_file(bench, field):
    with pytest.raises(ValidationError):
        bench.node(**tool(**{field: [1]}))


async def test_inputs_are_logged_without_secrets(bench, make):
    bench.secrets = ["env.KEY"]
    schema = (ToolParameter(name="a"), ToolParameter(name="b"), ToolParameter(name="c", type="secret-input"))
    file = make("file", "f")
    variables = {"env.KEY": "sk-1234567890", "start.file": file}
    parameters = {
        "a": {"type": "mixed", "value": "key {{#env.KEY#}}"},
        "b": {"type": "variable", "value": ["env", "KEY"]},
        "c": {"type": "constant", "value": "hush"},
        "d": {"type": "variable", "value": ["start", "file"]},
        "e": {"type": "variable", "value": ["start", "gone"]},
    }
    tools = make("tools", parameters=schema)

    result = await bench.offer(tools=tools).run(variables, **tool(tool_parameters=parameters))

    assert tools.calls[0].parameters["a"] == "key sk-1234567890"
    assert result.inputs == {
        "a": "key sk-123************90",
        "b": "sk-123************90",
        "c": "*" * 20,
        "d": file.to_json(),
    }
