"""`agent` nodes: what a strategy is given."""

import pytest
from pydantic import ValidationError

from dify_runtime_sdk.agents import StrategyParameter
from dify_runtime_sdk.models import Message, ModelFeature, ModelNotFoundError
from dify_runtime_sdk.tools import (
    ToolNotFoundError,
    ToolParameter,
)
from dify_runtime_sdk.workflow import NodeError


def agent(**parameters):
    return {
        "type": "agent",
        "agent_strategy_provider_name": "langgenius/agent/agent",
        "agent_strategy_name": "function_calling",
        "agent_strategy_label": "FunctionCalling",
        "agent_parameters": parameters,
        "output_schema": {},
    }


def constant(value):
    return {"type": "constant", "value": value}


def mixed(value):
    return {"type": "mixed", "value": value}


def variable(*selector):
    return {"type": "variable", "value": list(selector)}


async def given(bench, strategies, parameters, variables=None, **data):
    await bench.offer(strategies=strategies).run(variables, **(agent(**parameters) | data))
    return strategies.calls[0].parameters


async def test_values_have_the_types_that_the_strategy_declares(bench, make):
    strategies = make(
        "strategies", query="string", rounds="number", ratio="number", strict="boolean", context="any", n="number"
    )
    parameters = {
        "query": mixed("Ask {{#start.n#}}"),
        "rounds": constant(3),
        "ratio": mixed("0.5"),
        "strict": constant(True),
        "context": variable("kb", "result"),
        "n": variable("start", "n"),
    }

    values = await given(bench, strategies, parameters, {"start.n": 7, "kb.result": [{"content": "x"}]})

    assert values == {
        "query": "Ask 7",
        "rounds": 3,
        "ratio": 0.5,
        "strict": True,
        "context": [{"content": "x"}],
        "n": 7,
    }


@pytest.mark.parametrize(("kind", "value"), [("number", "many"), ("boolean", "perhaps")])
async def test_a_value_that_does_not_fit_its_declaration_fails(bench, make, kind, value):
    with pytest.raises(NodeError, match=f"The parameter p is no {kind}") as caught:
        await given(bench, make("strategies", p=kind), {"p": mixed(value)})

    assert caught.value.error_type == "AgentParameterError"
    assert caught.value.inputs == {"p": value}


async def test_what_is_not_declared_is_null_and_what_is_not_given_has_its_default(bench, make):
    strategies = make("strategies", rounds=StrategyParameter(name="rounds", type="number", default=5), query="string")

    assert await given(bench, strategies, {"other": mixed("x")}) == {"rounds": 5, "other": None}


async def test_an_optional_variable_that_is_not_there_has_the_default(bench, make):
    strategies = make("strategies", q=StrategyParameter(name="q", default="d"))

    assert await given(bench, strategies, {"q": variable("start", "gone")}) == {"q": "d"}


async def test_a_required_variable_that_is_not_there_fails(bench, make):
    strategies = make("strategies", q=StrategyParameter(name="q", required=True))

    with pytest.raises(NodeError, match=r"Variable start\.gone"):
        await given(bench, strategies, {"q": variable("start", "gone")})


async def test_texts_inside_a_structure_are_rendered(bench, make):
    strategies = make("strategies", p="object")

    values = await given(bench, strategies, {"p": constant({"a": ["{{#start.n#}}", 1, None]})}, {"start.n": 7})

    assert values == {"p": {"a": ["7", 1, None]}}


MODEL = {"provider": "openai", "model": "gpt", "model_type": "llm", "mode": "chat", "completion_params": {"t": 1}}


async def test_a_model_is_completed_with_its_declaration_and_the_history(bench, make):
    models = make("models", context_size=100, features=frozenset({ModelFeature.TOOL_CALL, ModelFeature.VISION}))
    past = [Message(role="user", content="hi"), Message(role="assistant", content="hello")]
    bench.run_info["conversation_id"] = "c-1"
    bench.offer(models=models, memory=make("memory", *past))
    memory = {"window": {"enabled": True, "size": 3}, "query_prompt_template": ""}

    values = await given(bench, make("strategies", model="model-selector"), {"model": constant(MODEL)}, memory=memory)

    assert values["model"] == MODEL | {
        "provider": "langgenius/openai/openai",
        "history_prompt_messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        "entity": {
            "model": "gpt",
            "label": {"en_US": "gpt"},
            "model_type": "llm",
            "features": ["tool-call", "vision"],
            "fetch_from": "predefined-model",
            "model_properties": {"mode": "chat", "context_size": 100},
            "parameter_rules": [],
            "pricing": None,
            "deprecated": False,
        },
    }


async def test_without_memory_a_model_has_no_history(bench, make):
    bench.run_info["conversation_id"] = "c-1"
    bench.offer(models=make("models"))

    values = await given(bench, make("strategies", model="model-selector"), {"model": constant(MODEL)})

    assert values["model"]["history_prompt_messages"] == []


async def test_a_model_that_is_not_known_is_left_to_the_strategy(bench, make):
    models = make("models")
    models.failure = ModelNotFoundError("none")

    values = await given(
        bench.offer(models=models), make("strategies", model="model-selector"), {"model": constant(MODEL)}
    )

    assert values["model"] == MODEL | {"history_prompt_messages": [], "entity": None}


@pytest.mark.parametrize("value", [constant({"provider": "x"}), constant([]), mixed("gpt")])
async def test_a_choice_of_no_model_fails(bench, make, value):
    with pytest.raises(NodeError, match="no choice of a model"):
        await given(bench.offer(models=make("models")), make("strategies", model="model-selector"), {"model": value})


TOOL = {
    "enabled": True,
    "type": "builtin",
    "provider_name": "time",
    "tool_name": "current_time",
    "tool_label": "Current Time",
    "credential_id": "cred",
    "settings": {"zone": {"value": {"type": "constant", "value": "UTC"}}, "plain": {"value": "p"}, "bare": "b"},
    "parameters": {
        "city": {"auto": 1, "value": None},
        "format": {"auto": 0, "value": {"type": "mixed", "value": "%Y {{#start.n#}}"}},
        "n": {"auto": 0, "value": {"type": "variable", "value": ["start", "n"]}},
        "gone": {"auto": 0, "value": {"type": "mixed", "value": None}},
    },
    "extra": {"description": "Tells the time."},
}


async def test_enabled_tools_are_completed_and_values_of_the_author_are_fixed(bench, make):
    declared = [ToolParameter(name="city", form="llm", required=True), ToolParameter(name="format", form="llm")]
    tools = make("tools", description="time", parameters=tuple(declared), output_schema={"type": "object"})
    bench.offer(tools=tools)
    listed = [TOOL, TOOL | {"enabled": False}, {"tool_name": "other"}]

    values = await given(bench, make("strategies", tools="array[tools]"), {"tools": constant(listed)}, {"start.n": 7})

    [tool] = values["tools"]
    assert tool["runtime_parameters"] == {"zone": "UTC", "plain": "p", "bare": "b", "format": "%Y 7", "n": 7}
    assert tool["identity"] == {
        "author": "",
        "name": "current_time",
        "label": {"en_US": "Current Time"},
        "provider": "time",
    }
    assert (tool["credential_id"], tool["provider_type"]) == ("cred", "builtin")
    assert tool["description"] == {"human": {"en_US": "time"}, "llm": "Tells the time."}
    assert tool["output_schema"] == {"type": "object"}
    assert [(one["name"], one["form"], one["required"]) for one in tool["parameters"]] == [
        ("city", "llm", True),
        ("format", "form", False),
    ]


@pytest.mark.parametrize("value", ["x", ["x"], {"a": 1}])
async def test_tools_that_are_no_list_of_tools_fail(bench, make, value):
    with pytest.raises(NodeError, match="no list of tools"):
        await given(
            bench, make("strategies", tools="array[tools]"), {"tools": variable("start", "t")}, {"start.t": value}
        )


@pytest.mark.parametrize("value", [{"type": "mixed", "value": 7}, {"type": "magic", "value": "x"}])
async def test_a_malformed_value_of_a_tool_fails(bench, make, value):
    listed = [TOOL | {"parameters": {"a": {"auto": 0, "value": value}}}]

    with pytest.raises(NodeError, match="malformed"):
        await given(bench.offer(tools=make("tools")), make("strategies", t="array[tools]"), {"t": constant(listed)})


async def test_a_tool_that_is_not_there_fails(bench, make):
    tools = make("tools")
    tools.failure = ToolNotFoundError("no such tool", hint="install it")

    with pytest.raises(NodeError, match="current_time is not available: no such tool") as caught:
        await given(bench.offer(tools=tools), make("strategies", t="array[tools]"), {"t": constant([TOOL])})

    assert caught.value.hint == "install it"


async def test_inputs_are_logged_without_secrets(bench, make):
    bench.secrets = ["env.KEY"]
    parameters = {"query": mixed("{{#env.KEY#}}"), "gone": variable("start", "gone"), "list": constant([1])}

    result = await bench.offer(strategies=make("strategies", query="string")).run(
        {"env.KEY": "sk-1234567890"}, **agent(**parameters)
    )

    assert result.inputs == {"query": "sk-123************90", "gone": None, "list": [1]}


def test_a_malformed_parameter_is_an_error_of_the_file(bench):
    with pytest.raises(ValidationError):
        bench.node(**agent(p={"type": "magic", "value": "x"}))


async def test_entries_without_a_value_are_dropped(bench, make):
    assert await given(bench, make("strategies", a="string", b="string"), {"a": None, "b": constant(None)}) == {}


async def test_no_tools_at_all_may_be_null(bench, make):
    parameters = {"tools": variable("start", "t")}

    assert await given(bench, make("strategies", tools="array[tools]"), parameters, {"start.t": None}) == {"tools": []}
