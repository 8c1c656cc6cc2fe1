"""What servers stream, right or wrong, and what comes of it."""

import asyncio
from dataclasses import replace

import pytest

from dify_runtime_sdk.models import (
    FunctionTool,
    ModelCredentialsError,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
)

CHAT = "/v1/chat/completions"
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def text_of(chunks):
    return "".join(chunk.text for chunk in chunks)


async def test_an_answer_is_streamed_with_usage_and_reason(bench, chat, say):
    usage = {"choices": [], "usage": USAGE}
    bench.server.says(CHAT, say.events(chat("he", role="assistant"), chat("llo"), chat(reason="stop"), usage))
    chunks = await bench.ask()
    assert [chunk.text for chunk in chunks] == ["he", "llo", ""]
    assert (chunks[-1].finish_reason, chunks[-1].usage.total_tokens) == ("stop", 5)


async def test_the_request_says_what_is_wanted(bench, chat, say):
    bench.server.says(CHAT, say.events(chat("x", reason="stop")))
    tool = FunctionTool(name="add", description="adds", parameters={"type": "object"})
    await bench.ask(parameters={"temperature": 0.7}, stop=["END"], tools=[tool], user_id="ann")
    [asked] = bench.server.asked
    assert asked.headers["authorization"] == "Bearer sk-0123456789abcdef"
    assert asked.json["messages"] == [{"role": "user", "content": "hello"}]
    assert asked.json["stream_options"] == {"include_usage": True}
    assert (asked.json["temperature"], asked.json["stop"], asked.json["user"]) == (0.7, ["END"], "ann")
    assert asked.json["tools"][0]["function"]["name"] == "add"


async def test_an_answer_without_usage_is_whole(bench, chat, say):
    bench.server.says(CHAT, say.events(chat("hello"), chat(reason="length")))
    chunks = await bench.ask()
    assert (text_of(chunks), chunks[-1].usage, chunks[-1].finish_reason) == ("hello", None, "length")


async def test_a_server_that_does_not_stream_gives_one_piece(bench, say):
    choice = {"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    bench.server.says(CHAT, say.as_json({"choices": [choice], "usage": USAGE}))
    chunks = await bench.ask()
    assert [chunk.text for chunk in chunks] == ["hello", ""]
    assert chunks[-1].usage.prompt_tokens == 3


async def test_where_nobody_reads_pieces_the_answer_is_asked_for_as_one(bench, say):
    choice = {"message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    bench.server.says(CHAT, say.as_json({"choices": [choice], "usage": USAGE}))
    chunks = await bench.ask(streaming=False)
    assert [chunk.text for chunk in chunks] == ["hello", ""]
    [asked] = bench.server.asked
    assert asked.json["stream"] is False
    assert "stream_options" not in asked.json


async def test_pieces_of_tool_calls_become_whole_calls(bench, chat, say):
    first = {"index": 0, "id": "a", "function": {"name": "add", "arguments": '{"x"'}}
    second = {"index": 1, "id": "b", "function": {"name": "sub", "arguments": "{}"}}
    rest = {"index": 0, "function": {"arguments": ": 1}"}}
    deltas = [chat(tool_calls=[first]), chat(tool_calls=[second]), chat(tool_calls=[rest])]
    bench.server.says(CHAT, say.events(*deltas, chat(reason="tool_calls")))
    calls = (await bench.ask())[-1].tool_calls
    assert [(call.id, call.name, call.arguments) for call in calls] == [("a", "add", '{"x": 1}'), ("b", "sub", "{}")]


async def test_tool_calls_without_an_index_are_told_apart_by_their_id(bench, chat, say):
    calls = [{"id": "a", "function": {"name": "add", "arguments": "{"}}, {"function": {"arguments": "}"}}]
    other = {"id": "b", "function": {"name": "sub", "arguments": {"x": 1}}}
    bench.server.says(CHAT, say.events(chat(tool_calls=calls), chat(tool_calls=[other], reason="tool_calls")))
    found = (await bench.ask())[-1].tool_calls
    assert [(call.name, call.arguments) for call in found] == [("add", "{}"), ("sub", '{"x":1}')]


async def test_reasoning_comes_as_text_between_think_marks(bench, chat, say):
    thoughts = [chat(reasoning_content="hm"), chat(reasoning_content=" so"), chat("yes"), chat(reason="stop")]
    bench.server.says(CHAT, say.events(*thoughts))
    assert text_of(await bench.ask()) == "<think>\nhm so\n</think>yes"


async def test_reasoning_without_an_answer_is_closed(bench, chat, say):
    bench.server.says(CHAT, say.events(chat(reasoning="hm"), chat(reason="stop")))
    assert text_of(await bench.ask()) == "<think>\nhm\n</think>"


async def test_half_a_stream_is_an_error_after_its_pieces(bench, chat, say):
    bench.server.says(CHAT, say.events(chat("he"), done=False))
    pieces = bench.pieces()
    assert (await anext(pieces)).text == "he"
    with pytest.raises(ModelUnavailableError, match="ended before"):
        await anext(pieces)


async def test_a_connection_that_breaks_is_an_error(bench, say):
    async def break_off(writer):
        writer.write(say.STREAM_HEAD + say.piece(b'data: {"choices":[{"delta":{"content":"he"}}]}\n\n') + b"20\r\nda")
        await writer.drain()

    bench.server.says(CHAT, break_off)
    with pytest.raises(ModelUnavailableError, match="breaks off"):
        await bench.ask()


async def test_malformed_json_is_an_error(bench, chat, say):
    bench.server.says(CHAT, say.events(chat("he"), b'{"choices": [{"del'))
    with pytest.raises(ModelUnavailableError, match="malformed JSON"):
        await bench.ask()


async def test_json_that_is_no_object_is_an_error(bench, say):
    bench.server.says(CHAT, say.events([1, 2]))
    with pytest.raises(ModelUnavailableError, match="something else"):
        await bench.ask()


async def test_a_line_of_ten_megabytes_is_an_error_and_not_kept(bench, say):
    bench.server.says(CHAT, say.events(b'{"x":"' + b"a" * 10_000_000 + b'"}'))
    with pytest.raises(ModelUnavailableError, match="more than"):
        await bench.ask()


async def test_silence_is_an_error_when_the_time_is_over(bench, stall):
    bench = bench.patient_for(0.2)
    bench.server.says(CHAT, stall)
    with pytest.raises(ModelUnavailableError, match="no answer in time"):
        await bench.ask()


async def test_a_server_that_is_down_is_an_error(bench):
    access = bench.access(openai_api_base="http://127.0.0.1:9")
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        await bench.ask(access)


async def test_a_private_address_of_a_workspace_is_refused_before_anything_is_sent(bench):
    access = replace(bench.access(), trusted=False)
    with pytest.raises(ModelCredentialsError, match="refused") as caught:
        await bench.ask(access)
    assert "EGRESS_ALLOW" in caught.value.hint
    assert bench.server.asked == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ModelRequestError),
        (401, ModelCredentialsError),
        (403, ModelCredentialsError),
        (404, ModelNotFoundError),
        (413, ModelRequestError),
        (429, ModelRateLimitError),
        (500, ModelUnavailableError),
        (503, ModelUnavailableError),
    ],
)
async def test_a_refusal_is_an_error_of_its_kind(bench, say, status, kind):
    bench.server.says(CHAT, say.error(status, "told by the server", retry_after="7"))
    with pytest.raises(kind, match=r"\[openai\] .* Error, told by the server") as caught:
        await bench.ask()
    assert caught.value.retry_after == 7


async def test_a_refusal_without_words_names_the_status(bench, say):
    bench.server.says(CHAT, say.answer(b"<html>no</html>", status=502, content_type="text/html"))
    with pytest.raises(ModelUnavailableError, match="502"):
        await bench.ask()


async def test_a_key_that_the_server_quotes_is_not_shown(bench, say):
    bench.server.says(CHAT, say.error(401, "wrong key sk-0123456789abcdef"))
    with pytest.raises(ModelCredentialsError) as caught:
        await bench.ask()
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("rate_limit_exceeded", ModelRateLimitError),
        ("invalid_api_key", ModelCredentialsError),
        ("invalid_request", ModelRequestError),
        ("boom", ModelUnavailableError),
    ],
)
async def test_an_error_inside_the_stream_is_an_error_of_its_kind(bench, chat, say, code, kind):
    bench.server.says(CHAT, say.events(chat("he"), {"error": {"message": "no more", "code": code}}))
    with pytest.raises(kind, match="no more"):
        await bench.ask()


async def test_a_completion_is_asked_for_and_read(bench, say):
    event = {"choices": [{"text": "hello", "index": 0, "finish_reason": "stop"}]}
    bench.server.says("/v1/completions", say.events(event))
    chunks = await bench.ask(bench.access("gpt-3.5-turbo-instruct"))
    assert text_of(chunks) == "hello"
    assert bench.server.asked[0].json["prompt"] == "hello"


async def test_calls_one_after_the_other_take_one_connection(bench, chat, say):
    whole = say.STREAM_HEAD + say.piece(b'data: {"choices":[{"delta":{"content":"he"}}]}\n\n')
    bench.server.says(CHAT, whole + say.piece(b"data: [DONE]\n\n") + say.piece(b""))
    for _ in range(3):
        assert text_of(await bench.ask()) == "he"
    assert bench.server.connections == 1


async def test_a_server_that_does_not_end_its_stream_holds_nobody_up(bench, say):
    async def go_on(writer):
        writer.write(say.STREAM_HEAD + say.piece(b'data: {"choices":[{"delta":{"content":"he"}}]}\n\n'))
        writer.write(say.piece(b"data: [DONE]\n\n"))
        await writer.drain()
        await asyncio.Event().wait()

    bench.server.says(CHAT, go_on)
    assert text_of(await bench.ask()) == "he"
