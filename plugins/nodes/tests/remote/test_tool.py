"""`tool` nodes: the call, and what becomes of what a tool says."""

import pytest

from dify_runtime_sdk import ServiceError
from dify_runtime_sdk.tools import (
    FileMessage,
    JsonMessage,
    LinkMessage,
    LogMessage,
    TextMessage,
    ToolError,
    ToolId,
    ToolNotFoundError,
    UsageMessage,
    VariableMessage,
)
from dify_runtime_sdk.workflow import NodeError


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


async def gathered(bench, make, *messages):
    return await bench.offer(tools=make("tools", *messages)).run(**tool())


async def test_the_call_says_which_tool_for_whom_and_how_deep(bench, make):
    tools = make("tools")
    bench.run_info |= {"app_id": "app-1", "conversation_id": "c-1", "invoke_from": "debugger", "call_depth": 3}

    await bench.offer(tools=tools).run(
        **tool(provider_type="workflow", credential_id="cred", plugin_unique_identifier="a/b:1@0")
    )

    call = tools.calls[0]
    assert call.tool == ToolId(
        provider_type="workflow",
        provider_id="time",
        name="current_time",
        plugin_unique_identifier="a/b:1@0",
        credential_id="cred",
    )
    assert (call.tenant_id, call.user_id, call.app_id) == ("tenant-1", "user-1", "app-1")
    assert (call.conversation_id, call.invoke_from, call.call_depth) == ("c-1", "debugger", 3)


async def test_texts_and_links_are_one_streamed_text(bench, make):
    file_link = LinkMessage(url="https://f.test/b", is_file=True)

    result = await gathered(
        bench, make, TextMessage(text="a "), LinkMessage(url="https://f.test/a"), file_link, TextMessage(text="z")
    )

    assert result.outputs["text"] == "a Link: https://f.test/a\nFile: https://f.test/b\nz"
    assert "".join(chunk for output, chunk in bench.context.sent if output == "text") == result.outputs["text"]
    assert bench.context.finished == ["text"]


async def test_a_tool_that_says_nothing_has_the_default_outputs(bench, make):
    result = await gathered(bench, make)

    assert result.outputs == {"text": "", "files": [], "json": [{"data": []}]}
    assert result.metadata == {
        "tool_info": {"provider_type": "builtin", "provider_id": "time", "plugin_unique_identifier": None}
    }


async def test_json_and_files_are_listed(bench, make):
    one, two = make("file", "a"), make("file", "b")

    result = await gathered(
        bench, make, JsonMessage(value={"a": 1}), FileMessage(file=one), JsonMessage(value=[2]), FileMessage(file=two)
    )

    assert result.outputs["json"] == [{"a": 1}, [2]]
    assert result.outputs["files"] == [one, two]


async def test_variables_are_outputs_and_streamed_ones_grow(bench, make):
    result = await gathered(
        bench,
        make,
        VariableMessage(name="n", value=1),
        VariableMessage(name="n", value={"a": 2}),
        VariableMessage(name="s", value="he", stream=True),
        VariableMessage(name="s", value="llo", stream=True),
    )

    assert (result.outputs["n"], result.outputs["s"]) == ({"a": 2}, "hello")
    assert bench.context.sent == [("s", "he"), ("s", "llo")]
    assert bench.context.finished == ["text", "s"]


@pytest.mark.parametrize(
    "message",
    [
        VariableMessage(name="s", value=1, stream=True),
        VariableMessage(name="text", value="x"),
        VariableMessage(name="json", value=[]),
        VariableMessage(name="files", value="x", stream=True),
    ],
)
async def test_a_variable_that_no_output_can_be_fails(bench, make, message):
    with pytest.raises(NodeError) as caught:
        await gathered(bench, make, message)

    assert caught.value.error_type == "ToolNodeError"


async def test_what_models_cost_on_the_way_is_the_cost_of_the_node(bench, make):
    result = await gathered(
        bench, make, UsageMessage(usage=make("usage", 15)), UsageMessage(usage=make("usage", 20, "0.5"))
    )

    assert (result.metadata["total_tokens"], result.metadata["total_price"]) == (35, "0.50001")
    assert result.metadata["currency"] == "USD"


async def test_logs_are_metadata_in_their_last_state(bench, make):
    result = await gathered(
        bench,
        make,
        LogMessage(id="1", label="Round", status="start", data={"n": 1}),
        LogMessage(id="2", label="Call", status="error", parent_id="1", error="boom"),
        LogMessage(id="1", label="Round", status="success", data={"n": 2}, metadata={"t": 3}),
    )

    assert result.metadata["agent_log"] == [
        {
            "id": "1",
            "parent_id": None,
            "node_id": "node_1",
            "label": "Round",
            "status": "success",
            "error": None,
            "data": {"n": 2},
            "metadata": {"t": 3},
        },
        {
            "id": "2",
            "parent_id": "1",
            "node_id": "node_1",
            "label": "Call",
            "status": "error",
            "error": "boom",
            "data": {},
            "metadata": {},
        },
    ]
    assert bench.context.logged == []


async def test_a_failing_tool_fails_the_node(bench, make):
    tools = make("tools", TextMessage(text="half"), ToolError("the clock is broken", hint="wind it up"))

    with pytest.raises(NodeError) as caught:
        await bench.offer(tools=tools).run(**tool(tool_parameters={"a": {"type": "mixed", "value": "x"}}))

    assert caught.value.message == "Failed to invoke tool current_time: the clock is broken"
    assert (caught.value.error_type, caught.value.hint) == ("ToolInvokeError", "wind it up")
    assert caught.value.inputs == {"a": "x"}
    assert caught.value.metadata["tool_info"]["provider_type"] == "builtin"


async def test_a_tool_that_is_not_there_fails_the_node(bench, make):
    tools = make("tools")
    tools.failure = ToolNotFoundError("no such provider")

    with pytest.raises(NodeError, match="no such provider"):
        await bench.offer(tools=tools).run(**tool())


async def test_without_tools_the_error_says_what_is_missing(bench):
    with pytest.raises(ServiceError, match="Tools"):
        await bench.run(**tool())


def test_the_event_of_its_start_says_whose_tool_it_is(bench):
    node = bench.node(**tool())

    assert node.started_extras() == {"provider_type": "builtin", "provider_id": "time"}
    assert node.retryable is True
