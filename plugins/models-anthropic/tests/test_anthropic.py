"""The provider `anthropic`, at a server that streams what a test says."""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import SecretStr

from dify_egress.service import EgressService
from dify_egress.settings import EgressSettings
from dify_models_anthropic.plugin import _given
from dify_models_anthropic.provider import AnthropicProvider
from dify_models_anthropic.settings import AnthropicSettings
from dify_runtime_sdk.egress import Limits
from dify_runtime_sdk.model_providers import Generation, ModelAccess
from dify_runtime_sdk.models import (
    FilePart,
    FunctionTool,
    LanguageModelRequest,
    Message,
    ModelCredentialsError,
    ModelId,
    ModelRateLimitError,
    ModelRequestError,
    ModelType,
    ModelUnavailableError,
    ToolCall,
)
from dify_runtime_sdk.testing import model_server as say
from dify_runtime_sdk.testing.models import ModelProviderLab, ModelProviderSuite, NoFiles
from dify_runtime_sdk.workflow import File, FileType, TransferMethod

PATH = "/v1/messages"
START = {"type": "message_start", "message": {"usage": {"input_tokens": 7, "output_tokens": 1}}}
END = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
]


def delta(kind, index=0, **fields):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def text(words):
    return delta("text_delta", text=words)


def stream(*events, done=END):
    return say.events(START, *events, *done, done=False)


@dataclass
class Runtime:
    egress: Any

    @property
    def services(self):
        return self

    async def get(self, key):
        return self.egress


@pytest.fixture
async def server():
    async with say.model_server() as server:
        yield server


@pytest.fixture
async def provider():
    async with EgressService(EgressSettings()) as egress:
        yield AnthropicProvider(Runtime(egress))


@pytest.fixture
def access(server, provider):
    return ModelAccess(
        provider=provider.description,
        model="claude-haiku-4-5",
        credentials={"anthropic_api_key": "sk-ant-0123456789", "anthropic_api_url": server.url},
        trusted=True,
        schema=provider.description.model("claude-haiku-4-5", ModelType.LLM),
        limits=Limits(connect=5, read=30, retries=0),
    )


@pytest.fixture
def ask(provider, access):
    async def ask(*messages, files=None, access=access, **fields):
        found = messages or (Message(role="user", content="hello"),)
        request = LanguageModelRequest(model=ModelId("anthropic", access.model), messages=found, **fields)
        call = Generation(access=access, request=request, files=files or NoFiles())
        return [chunk async for chunk in provider.generate(call)]

    return ask


class TestSuite(ModelProviderSuite):
    """The conformance suite."""

    @pytest.fixture
    def lab(self, server, provider, access):
        server.says(PATH, stream(text("hel"), text("lo")))
        server.says("/v1/models/claude-haiku-4-5", say.as_json({"id": "claude-haiku-4-5"}))
        server.says("/v1/models", say.error(401, "invalid x-api-key sk-ant-0123456789"))
        return ModelProviderLab(provider=provider, llm=access, refused=replace(access, model="", schema=None))


async def test_an_answer_is_streamed_with_usage_and_reason(ask, server):
    server.says(PATH, stream(text("hel"), text("lo")))
    chunks = await ask()
    assert [chunk.text for chunk in chunks] == ["hel", "lo", ""]
    usage = chunks[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens, chunks[-1].finish_reason) == (7, 5, "stop")
    [asked] = server.asked
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == ("sk-ant-0123456789", "2023-06-01")


async def test_calls_one_after_the_other_take_one_connection(ask, server):
    whole = stream(text("hello")).partition(b"\r\n\r\n")[2]
    server.says(PATH, say.STREAM_HEAD + say.piece(whole) + say.piece(b""))
    for _ in range(3):
        assert "".join(chunk.text for chunk in await ask()) == "hello"
    assert server.connections == 1


async def test_the_request_says_what_is_wanted(ask, server):
    server.says(PATH, stream(text("x")))
    tool = FunctionTool(name="add", description="adds", parameters={"type": "object"})
    messages = [
        Message(role="system", content="Be brief."),
        Message(role="user", content="1+1?"),
        Message(role="assistant", content="", tool_calls=[ToolCall(id="a", name="add", arguments='{"x": 1}')]),
        Message(role="tool", content="2", tool_call_id="a"),
        Message(role="user", content="so?"),
    ]
    schema = {"name": "n", "schema": {"type": "array"}}
    await ask(*messages, tools=[tool], stop=["END"], user_id="ann", parameters={"top_k": 3}, response_schema=schema)
    body = server.asked[0].json
    assert body["system"].startswith("Be brief.")
    assert '{"type": "array"}' in body["system"]
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][1]["content"] == [{"type": "tool_use", "id": "a", "name": "add", "input": {"x": 1}}]
    assert [part["type"] for part in body["messages"][2]["content"]] == ["tool_result", "text"]
    assert (body["stop_sequences"], body["max_tokens"], body["top_k"]) == (["END"], 4096, 3)
    assert (body["metadata"], body["tools"][0]["input_schema"]) == ({"user_id": "ann"}, {"type": "object"})


async def test_thinking_is_asked_for_and_shown_between_marks(ask, server):
    server.says(PATH, stream(delta("thinking_delta", thinking="hm"), delta("signature_delta"), text("yes")))
    chunks = await ask(parameters={"thinking": True, "thinking_budget": 2000, "temperature": 0.3})
    assert "".join(chunk.text for chunk in chunks) == "<think>\nhm\n</think>yes"
    body = server.asked[0].json
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert "temperature" not in body


async def test_tools_are_called(ask, server):
    block = {"type": "tool_use", "id": "t", "name": "add", "input": {}}
    server.says(
        PATH,
        stream(
            {"type": "content_block_start", "index": 1, "content_block": block},
            delta("input_json_delta", 1, partial_json='{"x"'),
            delta("input_json_delta", 1, partial_json=": 1}"),
            done=[{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}],
        ),
    )
    last = (await ask())[-1]
    assert [(call.id, call.name, call.arguments) for call in last.tool_calls] == [("t", "add", '{"x": 1}')]
    assert last.finish_reason == "tool_calls"


class Files:
    """Files with a content, or with an address."""

    def __init__(self, address=None):
        self.address = address

    async def read(self, file):
        return b"content"

    async def url(self, file):
        return self.address


def part(kind, mime_type=None):
    return FilePart(file=File(type=kind, transfer_method=TransferMethod.LOCAL_FILE, mime_type=mime_type))


async def test_pictures_and_documents_go_along(ask, server):
    server.says(PATH, stream(text("x")))
    await ask(Message(role="user", content=["see", part(FileType.IMAGE), part(FileType.DOCUMENT)]), files=Files())
    found = server.asked[0].json["messages"][0]["content"]
    assert [one["type"] for one in found] == ["text", "image", "document"]
    assert base64.b64decode(found[1]["source"]["data"]) == b"content"
    await ask(Message(role="user", content=[part(FileType.IMAGE)]), files=Files("https://f.test/a.png"))
    assert server.asked[1].json["messages"][0]["content"][0]["source"]["url"] == "https://f.test/a.png"


async def test_a_file_that_is_not_taken_is_refused(ask):
    with pytest.raises(ModelRequestError, match="audio"):
        await ask(Message(role="user", content=[part(FileType.AUDIO)]), files=Files())


async def test_half_a_stream_is_an_error(ask, server):
    server.says(PATH, stream(text("hel"), done=[]))
    with pytest.raises(ModelUnavailableError, match="ended before"):
        await ask()


@pytest.mark.parametrize("event", [b"{", b"[]", b"{}", b'{"type": "content_block_delta"}'])
async def test_malformed_events_are_an_error(ask, server, event):
    server.says(PATH, stream(event))
    with pytest.raises(ModelUnavailableError, match="malformed"):
        await ask()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit_error", ModelRateLimitError),
        ("overloaded_error", ModelUnavailableError),
        ("authentication_error", ModelCredentialsError),
        ("invalid_request_error", ModelRequestError),
        ("new_error", ModelUnavailableError),
    ],
)
async def test_an_error_inside_the_stream_is_an_error_of_its_kind(ask, server, kind, error):
    server.says(PATH, stream({"type": "error", "error": {"type": kind, "message": "no more"}}))
    with pytest.raises(error, match="no more"):
        await ask()


async def test_a_refusal_is_an_error_of_its_kind(ask, server):
    body = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    server.says(PATH, say.answer(json.dumps(body).encode(), status=429, retry_after="3"))
    with pytest.raises(ModelRateLimitError, match=r"\[anthropic\] Rate Limit Error, slow down") as caught:
        await ask()
    assert caught.value.retry_after == 3


async def test_an_address_that_is_none_is_an_error(ask, access):
    with pytest.raises(ModelCredentialsError, match="not an address"):
        await ask(access=replace(access, credentials={"anthropic_api_url": "nowhere"}))


def test_the_operator_gives_credentials_in_settings():
    key = SecretStr("k")
    assert _given(AnthropicSettings(ANTHROPIC_API_KEY=key)) == {"anthropic_api_key": "k"}
    settings = AnthropicSettings(ANTHROPIC_API_KEY=key, ANTHROPIC_BASE_URL="http://a.test")
    assert _given(settings) == {"anthropic_api_key": "k", "anthropic_api_url": "http://a.test"}
    assert _given(AnthropicSettings()) is None


def test_a_newer_model_is_taken_and_other_types_are_not(provider):
    assert provider.schema(ModelType.LLM, "claude-9", {}).customizable
    assert provider.schema(ModelType.TTS, "claude-9", {}) is None
