"""`agent` nodes: what becomes of what a strategy says."""

import pytest

from dify_runtime_sdk.agents import AgentError, StrategyId
from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.tools import (
    FileMessage,
    JsonMessage,
    LogMessage,
    TextMessage,
    UsageMessage,
    VariableMessage,
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


async def given(bench, strategies, parameters, variables=None, **data):
    await bench.offer(strategies=strategies).run(variables, **(agent(**parameters) | data))
    return strategies.calls[0].parameters


async def said(bench, make, *messages):
    return await bench.offer(strategies=make("strategies", *messages)).run(**agent())


async def test_the_call_says_which_strategy_and_for_whom(bench, make):
    strategies = make("strategies")
    bench.run_info |= {"app_id": "app-1", "conversation_id": "c-1", "extras": {"message_id": "m-1"}}

    await given(bench, strategies, {}, plugin_unique_identifier="langgenius/agent:1@0")

    call = strategies.calls[0]
    assert call.strategy == StrategyId(
        provider="langgenius/agent/agent",
        name="function_calling",
        plugin_unique_identifier="langgenius/agent:1@0",
    )
    assert (call.tenant_id, call.user_id, call.app_id) == ("tenant-1", "user-1", "app-1")
    assert (call.conversation_id, call.message_id) == ("c-1", "m-1")


async def test_texts_are_streamed_and_outputs_listed(bench, make):
    file = make("file", "a")

    result = await said(
        bench,
        make,
        TextMessage(text="a"),
        FileMessage(file=file),
        JsonMessage(value={"x": 1}),
        VariableMessage(name="v", value=2),
        TextMessage(text="b"),
    )

    assert result.outputs == {
        "text": "ab",
        "usage": ModelUsage().to_json(),
        "files": [file],
        "json": [{"x": 1}],
        "v": 2,
    }
    assert (bench.context.sent, bench.context.finished) == ([("text", "a"), ("text", "b")], ["text"])


async def test_steps_are_told_as_they_come_and_listed_first_in_json(bench, make):
    result = await said(
        bench,
        make,
        LogMessage(id="1", label="Round 1", status="start"),
        LogMessage(id="2", label="Call", status="error", parent_id="1", error="boom", data={"n": 1}),
        LogMessage(id="1", label="Round 1", status="success", metadata={"t": 3}),
        JsonMessage(value=[7]),
    )

    assert [(log["message_id"], log["status"]) for log in bench.context.logged] == [
        ("1", "start"),
        ("2", "error"),
        ("1", "success"),
    ]
    assert bench.context.logged[1]["parent_id"] == "1"
    assert [step.get("status") for step in result.outputs["json"][:2]] == ["success", "error"]
    assert result.outputs["json"][2:] == [[7]]
    assert result.metadata["agent_log"] == result.outputs["json"][:2]


async def test_a_strategy_that_says_nothing_has_the_default_outputs(bench, make):
    result = await said(bench, make)

    assert (result.outputs["text"], result.outputs["json"], result.metadata) == ("", [{"data": []}], {})


async def test_the_cost_is_taken_out_of_the_values(bench, make):
    cost = {"total_tokens": 12, "prompt_tokens": 10, "total_price": "0.5", "currency": "EUR", "latency": 1}

    result = await said(bench, make, JsonMessage(value={"execution_metadata": cost}))

    assert result.outputs["json"] == [{"data": []}]
    assert (result.outputs["usage"]["total_tokens"], result.outputs["usage"]["prompt_tokens"]) == (12, 10)
    assert result.metadata == {"total_tokens": 12, "total_price": "0.5", "currency": "EUR"}


async def test_values_beside_the_cost_are_kept(bench, make):
    result = await said(bench, make, JsonMessage(value={"execution_metadata": {"total_tokens": 1}, "x": 1}))

    assert result.outputs["json"] == [{"x": 1}]


async def test_usage_messages_count_too(bench, make):
    result = await said(bench, make, UsageMessage(usage=make("usage")), UsageMessage(usage=make("usage")))

    assert result.metadata["total_tokens"] == 30


async def test_nonsense_in_the_cost_counts_as_nothing(bench, make):
    cost = {"total_tokens": "many", "total_price": "NaN", "prompt_price": [], "latency": "x", "completion_tokens": True}

    result = await said(bench, make, JsonMessage(value={"execution_metadata": cost}))

    assert result.metadata == {"total_tokens": 0, "total_price": "0", "currency": "USD"}
    assert result.outputs["usage"] == ModelUsage().to_json()


async def test_a_failing_strategy_fails_the_node(bench, make):
    steps = LogMessage(id="1", label="Round 1", status="start")

    with pytest.raises(NodeError, match="Failed to run agent strategy function_calling: out of rounds") as caught:
        await said(bench, make, steps, AgentError("out of rounds"))

    assert caught.value.error_type == "AgentInvocationError"
    assert caught.value.metadata["agent_log"][0]["label"] == "Round 1"


async def test_a_strategy_that_is_not_there_fails_the_node(bench, make):
    strategies = make("strategies")
    strategies.failure = AgentError("no such strategy", hint="install it")

    with pytest.raises(NodeError, match="no such strategy") as caught:
        await bench.offer(strategies=strategies).run(**agent())

    assert caught.value.hint == "install it"


def test_the_event_of_its_start_says_which_strategy_works(bench):
    node = bench.node(**agent())

    assert node.started_extras() == {"agent_strategy": {"name": "function_calling", "icon": None}}
    assert node.retryable is False
