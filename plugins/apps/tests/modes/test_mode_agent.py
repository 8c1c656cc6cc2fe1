"""Agents: rounds of a model and tools."""

import asyncio
import json

import pytest

from dify_apps.tables.apps import APPS
from dify_apps.tables.messages import MESSAGE_AGENT_THOUGHTS, MESSAGE_FILES, MESSAGES
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.knowledge import RetrievalResult, Retriever
from dify_runtime_sdk.models import LanguageModelChunk, ModelFeature, ToolCall
from dify_runtime_sdk.tools import (
    FileMessage,
    JsonMessage,
    TextMessage,
    ToolError,
    ToolNotFoundError,
    ToolParameter,
    Tools,
    ToolSchema,
)
from dify_runtime_sdk.workflow import File, FileType, TransferMethod

both = pytest.mark.parametrize("database_settings", ["sqlite", "postgresql"], indirect=True)
WEATHER = {
    "enabled": True,
    "provider_type": "builtin",
    "provider_id": "weather",
    "tool_name": "weather",
    "tool_label": "Weather",
    "tool_parameters": {"unit": "C", "city": ""},
}
AGENT = {"enabled": True, "strategy": "function_call", "max_iteration": 5, "tools": [WEATHER], "prompt": None}
CONFIG = {"pre_prompt": "You are an agent.", "user_input_form": [], "opening_statement": ""}
PICTURE = File(
    type=FileType.IMAGE,
    transfer_method=TransferMethod.TOOL_FILE,
    related_id="22222222-2222-4222-8222-222222222222",
    filename="map.png",
    url="http://files.example/map.png",
)


class ScriptedTools:
    def __init__(self):
        self.calls = []
        self.says = [TextMessage(text="sunny")]

    async def schema(self, tool, *, tenant_id=""):
        if tool.name == "gone":
            raise ToolNotFoundError("no such tool")
        parameters = (
            ToolParameter(name="city", form="llm", required=True, description="Where"),
            ToolParameter(name="days", type="number", form="llm"),
            ToolParameter(name="sky", type="select", form="llm", options=("day", "night")),
            ToolParameter(name="photo", type="file", form="llm"),
            ToolParameter(name="unit", form="form"),
        )
        return ToolSchema(id=tool, description="Tells the weather", parameters=parameters)

    async def invoke(self, call):
        self.calls.append(call)
        for message in self.says:
            if isinstance(message, Exception):
                raise message
            yield message


@pytest.fixture(autouse=True)
def tools(offered):
    offered[Tools] = ScriptedTools()
    return offered[Tools]


@pytest.fixture
def app(tools, run):
    """Make an agent."""
    return lambda **more: run.app("agent-chat", **{**CONFIG, "agent_mode": {**AGENT, **more}})


def wants(name="weather", arguments='{"city": "Oslo"}', call_id="c1"):
    return LanguageModelChunk(tool_calls=[ToolCall(id=call_id, name=name, arguments=arguments)])


def thoughts(events):
    return [event for event in events if event["event"] == "agent_thought"]


async def test_an_agent_without_tools_thinks_once(run, models):
    app = await run.app("agent-chat", **CONFIG, agent_mode={**AGENT, "tools": []})
    events = await run.events(app, "do it", inputs={})
    names = [event["event"] for event in events]
    assert names == ["agent_thought", "agent_message", "agent_message", "agent_thought", "message_end"]
    assert set(events[1]) == {
        "event", "conversation_id", "message_id", "created_at", "task_id", "id", "answer",
    }  # fmt: skip
    first, last = thoughts(events)
    assert first["id"] == last["id"]
    assert {name: first[name] for name in ("thought", "tool", "tool_input", "observation", "tool_labels")} == {
        "thought": "", "tool": "", "tool_input": "", "observation": "", "tool_labels": {},
    }  # fmt: skip
    assert (last["position"], last["thought"], last["message_files"]) == (1, "Hello there", [])
    assert models.prompt == [("system", "You are an agent."), ("user", "do it")]
    assert models.calls[0].tools == []


@both
async def test_a_tool_is_called_and_what_it_says_goes_back_to_the_model(run, models, tools, app):
    models.script = [["Let me see.", wants()], ["It is ", "sunny."]]
    events = await run.events(await app(), "weather?", inputs={})
    shown = thoughts(events)
    assert [one["position"] for one in shown] == [1, 1, 1, 2, 2]
    asked, seen = shown[1], shown[2]
    assert (asked["tool"], asked["thought"]) == ("weather", "Let me see.")
    assert json.loads(asked["tool_input"]) == {"weather": {"city": "Oslo"}}
    assert asked["tool_labels"] == {"weather": {"en_US": "Weather", "zh_Hans": "Weather"}}
    assert json.loads(seen["observation"]) == {"weather": "sunny"}
    assert dict(tools.calls[0].parameters) == {"unit": "C", "city": "Oslo"}
    assert tools.calls[0].tenant_id == run.who["tenant_id"]
    answered = models.calls[1].messages[-2:]
    assert (answered[0].content, answered[0].tool_calls[0].name) == ("Let me see.", "weather")
    assert (answered[1].role, answered[1].content, answered[1].tool_call_id) == ("tool", "sunny", "c1")
    message_id = events[0]["message_id"]
    assert (await run.row(MESSAGES, id=message_id)).answer == "Let me see.\nIt is sunny."
    rows = sorted(await run.rows(MESSAGE_AGENT_THOUGHTS, message_id=message_id), key=lambda row: row.position)
    assert [row.tool for row in rows] == ["weather", ""]
    assert [row.answer for row in rows] == ["Let me see.", "It is sunny."]
    assert rows[0].observation == '{"weather": "sunny"}'
    assert rows[1].answer_token == 2
    assert events[-1]["metadata"]["usage"]["completion_tokens"] == 4


async def test_the_model_is_told_of_the_parameters_that_it_fills_in(run, models, app):
    await run.events(await app(), "weather?", inputs={})
    (function,) = models.calls[0].tools
    assert (function.name, function.description) == ("weather", "Tells the weather")
    assert function.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "days": {"type": "number", "description": ""},
            "sky": {"type": "string", "description": "", "enum": ["day", "night"]},
        },
        "required": ["city"],
    }


@pytest.mark.parametrize(
    ("call", "observation"),
    [
        (wants("nobody"), "there is not a tool named nobody"),
        (wants(arguments="[1"), "the arguments of weather are no JSON object: [1"),
    ],
)
async def test_a_call_that_cannot_be_made_is_an_observation(run, models, tools, app, call, observation):
    models.script = [[call], ["Sorry."]]
    events = await run.events(await app(), "weather?", inputs={})
    assert observation in json.loads(thoughts(events)[2]["observation"]).values()
    assert tools.calls == []
    assert events[-1]["event"] == "message_end"


async def test_a_failing_tool_is_an_observation(run, models, tools, app):
    tools.says = [TextMessage(text="wait"), ToolError("the sky is closed")]
    models.script = [[wants()], ["Sorry."]]
    events = await run.events(await app(), "weather?", inputs={})
    assert models.calls[1].messages[-1].content == "the tool weather failed: the sky is closed"
    assert events[-1]["event"] == "message_end"


async def test_a_tool_that_is_not_there_is_left_out(run, models, tools, app):
    await run.events(await app(tools=[{**WEATHER, "tool_name": "gone"}, {**WEATHER, "enabled": False}]), inputs={})
    assert models.calls[0].tools == []


@both
async def test_a_file_that_a_tool_makes_is_shown_and_recorded(run, models, tools, app):
    tools.says = [FileMessage(file=PICTURE), JsonMessage(value={"ok": True})]
    models.script = [[wants()], ["Done."]]
    events = await run.events(await app(), "map?", inputs={})
    (shown,) = [event for event in events if event["event"] == "message_file"]
    assert (shown["type"], shown["belongs_to"], shown["url"]) == ("image", "assistant", PICTURE.url)
    row = await run.row(MESSAGE_FILES, id=shown["id"])
    assert (row.message_id, row.transfer_method) == (events[0]["message_id"], "tool_file")
    assert thoughts(events)[2]["message_files"] == [shown["id"]]
    said = models.calls[1].messages[-1].content
    assert "map.png" in said
    assert '{"ok": true}' in said


async def test_the_last_round_has_no_tools_and_wanting_one_is_an_error(run, models, app):
    models.script = [[wants()]]
    events = await run.events(await app(max_iteration=2), "weather?", inputs={})
    assert [len(call.tools) for call in models.calls] == [1, 1, 0]
    assert events[-1]["event"] == "error"
    assert events[-1]["code"] == "invalid_param"
    assert "within 2 rounds" in events[-1]["message"]
    message = await run.row(MESSAGES, id=events[0]["message_id"])
    assert message.status == "error"
    assert len(await run.rows(MESSAGE_AGENT_THOUGHTS, message_id=message.id)) == 3


async def test_a_later_turn_remembers_the_tools(run, models, app):
    agent = await app()
    models.script = [["Let me see.", wants()], ["Sunny."], ["Yes."]]
    first = await run.events(agent, "weather?", inputs={})
    await run.events(agent, "sure?", inputs={}, conversation_id=first[0]["conversation_id"])
    shown = [(one.role, one.content) for one in models.calls[-1].messages]
    assert shown == [
        ("system", "You are an agent."),
        ("user", "weather?"),
        ("assistant", "Let me see."),
        ("tool", "sunny"),
        ("assistant", "Sunny."),
        ("user", "sure?"),
    ]
    call = models.calls[-1].messages[2].tool_calls[0]
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Oslo"})
    assert models.calls[-1].messages[3].tool_call_id == call.id


async def test_blocking_is_refused(run, app):
    with pytest.raises(InvalidParam, match="Agent Chat App does not support blocking mode"):
        await run.blocking(await app(), inputs={})


async def test_an_agent_that_is_stopped_keeps_its_thought(run, models, app):
    models.script = [["Thinking", asyncio.Event()]]
    reader = await run.reader(run.request(await app(), inputs={}))
    seen = []
    async for one in reader.events():
        seen.append(one.event)
        if one.event["event"] == "agent_message":
            await run.stop(reader.task_id)
    assert seen[-1]["event"] == "message_end"
    row = await run.row(MESSAGE_AGENT_THOUGHTS, message_id=seen[0]["message_id"])
    assert row.thought == "Thinking"
    assert (await run.row(MESSAGES, id=seen[0]["message_id"])).answer == "Thinking"


async def test_an_agent_is_stopped_while_a_tool_works(run, models, tools, app):
    working = asyncio.Event()

    async def works(call):
        working.set()
        await asyncio.Event().wait()
        yield TextMessage(text="never")

    tools.invoke = works
    models.script = [["Wait.", wants()]]
    reader = await run.reader(run.request(await app(), inputs={}))
    await working.wait()
    await run.stop(reader.task_id)
    seen = [one.event async for one in reader.events()]
    assert seen[-1]["event"] == "message_end"
    row = await run.row(MESSAGE_AGENT_THOUGHTS, message_id=seen[0]["message_id"])
    assert (row.thought, row.tool, row.observation) == ("Wait.", "weather", "")


class OneRecord:
    def __init__(self):
        self.requests = []

    async def retrieve(self, request):
        self.requests.append(request)
        metadata = {"dataset_id": "d", "document_id": "x", "document_name": "sky.txt", "segment_id": "s", "score": 0.9}
        return RetrievalResult(records=[{"content": "The sky is blue.", "title": "sky.txt", "metadata": metadata}])


@pytest.fixture
def retriever(offered):
    offered[Retriever] = OneRecord()
    return offered[Retriever]


@pytest.mark.parametrize(
    ("mode", "names"),
    [("multiple", ["dataset_retrieval"]), ("single", ["dataset_a_1", "dataset_b_2"])],
)
async def test_datasets_are_tools(retriever, run, models, mode, names):
    datasets = [{"dataset": {"enabled": True, "id": one}} for one in ("a-1", "b-2")]
    config = {"retrieval_model": mode, "datasets": {"datasets": datasets}}
    app = await run.app("agent-chat", **CONFIG, agent_mode={**AGENT, "tools": []}, dataset_configs=config)
    models.script = [[wants(names[-1], '{"query": "sky"}')], ["Blue."]]
    events = await run.events(app, "sky?", inputs={})
    assert [one.name for one in models.calls[0].tools] == names
    assert retriever.requests[0].query == "sky"
    assert models.calls[1].messages[-1].content == "The sky is blue."
    (resource,) = events[-1]["metadata"]["retriever_resources"]
    assert (resource["position"], resource["document_name"], resource["retriever_from"]) == (1, "sky.txt", "api")


@pytest.mark.parametrize("feature", [ModelFeature.TOOL_CALL, ModelFeature.STREAM_TOOL_CALL])
async def test_a_model_that_calls_tools_does_so_whatever_is_configured(run, models, app, feature):
    models.facts = {"features": frozenset({feature})}
    await run.events(await app(strategy="react"), inputs={})
    assert len(models.calls[0].tools) == 1


async def test_a_chat_app_that_is_configured_as_an_agent_runs_as_one(run, models):
    chat = await run.app("chat", **CONFIG, agent_mode={**AGENT, "tools": []})
    assert (chat.mode, chat.stored_mode) == ("agent-chat", "chat")
    assert thoughts(await run.events(chat, "do it", inputs={}))
    assert (await run.row(APPS, id=chat.id)).mode == "agent-chat"
    with pytest.raises(InvalidParam):
        await run.blocking(chat, "do it", inputs={})
    old = await run.app("chat", **CONFIG, agent_mode={**AGENT, "strategy": "router"})
    assert (old.mode, old.stored_mode) == ("chat", None)


async def test_a_preset_text_is_no_message_of_an_agents_model(run, models):
    config = {"inputs_config": {"enabled": True, "preset_response": "No."}, "keywords": "bomb"}
    moderation = {"enabled": True, "type": "keywords", "config": config}
    app = await run.app("agent-chat", **CONFIG, agent_mode=AGENT, sensitive_word_avoidance=moderation)
    events = await run.events(app, "a bomb", inputs={})
    assert [event["event"] for event in events] == ["message", "message_end"]
    assert (events[0]["answer"], models.calls) == ("No.", [])
