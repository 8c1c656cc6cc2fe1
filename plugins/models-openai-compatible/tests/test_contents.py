"""How messages, files and wishes for JSON are written."""

import base64

import pytest

from dify_models_openai_compatible.presets import PRESETS
from dify_runtime_sdk.models import FilePart, Message, ToolCall
from dify_runtime_sdk.workflow import File, FileType, TransferMethod

CHAT = "/v1/chat/completions"
CONTENT = b"\x89PNG"


class Files:
    """Files that are read here, or fetched by the vendor."""

    def __init__(self, url=None):
        self.address = url

    async def read(self, file):
        return CONTENT

    async def url(self, file):
        return self.address


def part(kind, mime_type=None, **more):
    file = File(type=kind, transfer_method=TransferMethod.LOCAL_FILE, mime_type=mime_type, **more)
    return FilePart(file=file, detail="low")


async def sent(bench, chat, say, *content, files=None, **request):
    bench.server.says(CHAT, say.events(chat("x", reason="stop")))
    messages = [Message(role="user", content=content)] if content else request.pop("messages", None)
    more = {"messages": messages} if messages else {}
    await bench.ask(files=files or Files(), **more, **request)
    return bench.server.asked[0].json


async def test_a_picture_goes_as_its_content(bench, chat, say):
    body = await sent(bench, chat, say, "what?", part(FileType.IMAGE, "image/png"))
    data = f"data:image/png;base64,{base64.b64encode(CONTENT).decode()}"
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": data, "detail": "low"}},
    ]


async def test_a_picture_goes_as_its_address(bench, chat, say):
    body = await sent(bench, chat, say, part(FileType.IMAGE), files=Files("https://files.test/a.png"))
    assert body["messages"][0]["content"][0]["image_url"]["url"] == "https://files.test/a.png"


async def test_sound_video_and_documents_go_in_their_own_ways(bench, chat, say):
    parts = [part(FileType.AUDIO, "audio/mpeg"), part(FileType.VIDEO), part(FileType.DOCUMENT, filename="a.pdf")]
    content = (await sent(bench, chat, say, *parts))["messages"][0]["content"]
    assert [one["type"] for one in content] == ["input_audio", "video_url", "file"]
    assert content[0]["input_audio"]["format"] == "mp3"
    assert content[2]["file"]["filename"] == "a.pdf"


async def test_a_large_file_goes_whole(bench, chat, say, monkeypatch):
    large = b"a" * 600_000
    files = Files()
    monkeypatch.setattr(files, "read", lambda _file: _value(large))
    body = await sent(bench, chat, say, part(FileType.IMAGE, "image/png"), files=files)
    address = body["messages"][0]["content"][0]["image_url"]["url"]
    assert base64.b64decode(address.partition(",")[2]) == large


async def _value(value):
    return value


async def test_calls_of_tools_and_their_results_go_back(bench, chat, say):
    call = ToolCall(id="a", name="add", arguments="{}")
    messages = [Message(role="assistant", tool_calls=[call]), Message(role="tool", content="3", tool_call_id="a")]
    first, second = (await sent(bench, chat, say, messages=messages))["messages"]
    assert (first["content"], first["tool_calls"][0]["function"]["name"]) == (None, "add")
    assert (second["tool_call_id"], second["content"]) == ("a", "3")


@pytest.mark.parametrize(
    ("request_fields", "wanted"),
    [
        ({"parameters": {"response_format": "json_object"}}, {"type": "json_object"}),
        ({"parameters": {"response_format": "text"}}, None),
        (
            {"parameters": {"response_format": "json_schema", "json_schema": '{"type": "object"}'}},
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}},
        ),
        (
            {"parameters": {"response_format": "json_schema", "json_schema": "no json"}},
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}},
        ),
        (
            {"response_schema": {"name": "cat", "schema": {"type": "array"}}},
            {"type": "json_schema", "json_schema": {"name": "cat", "schema": {"type": "array"}}},
        ),
    ],
)
async def test_json_is_asked_for(bench, chat, say, request_fields, wanted):
    assert (await sent(bench, chat, say, **request_fields)).get("response_format") == wanted


async def test_reasoning_models_count_their_thoughts_as_well(bench, chat, say):
    body = await sent(bench, chat, say, access=bench.access("o3"), parameters={"max_tokens": 9})
    assert (body.get("max_tokens"), body["max_completion_tokens"]) == (None, 9)


async def test_a_model_can_have_another_name_at_the_server(bench, chat, say):
    body = await sent(bench, chat, say, access=bench.access("mine", endpoint_model_name="theirs"))
    assert body["model"] == "theirs"


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_is_found_by_its_full_and_its_bare_name(name):
    description = PRESETS[name].description
    bare = description.short_name
    assert description.names[:2] == (f"langgenius/{bare}/{bare}", bare)
