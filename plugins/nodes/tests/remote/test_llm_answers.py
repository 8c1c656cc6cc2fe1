"""The answers of `llm` nodes: streams, outputs, reasoning, structured output, failures."""

import json

import pytest

from dify_runtime_sdk.models import (
    LanguageModelChunk,
    ModelCredentialsError,
    ModelError,
    ModelFeature,
    ModelNotFoundError,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
)
from dify_runtime_sdk.workflow import NodeError

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
THOUGHT = "<think>\nhmm\n</think>\n\nYes."


def llm(**more):
    return {
        "type": "llm",
        "model": {
            "provider": "langgenius/openai/openai",
            "name": "gpt-4o-mini",
            "mode": "chat",
            "completion_params": {},
        },
        "prompt_template": [
            {"role": "system", "text": "You are terse."},
            {"role": "user", "text": "{{#start.question#}}"},
        ],
        "context": {"enabled": False, "variable_selector": []},
    } | more


def structured(**more):
    return llm(structured_output_enabled=True, structured_output={"schema": SCHEMA}, **more)


QUESTION = {"start.question": "why?"}


async def test_every_chunk_is_streamed_and_then_the_stream_closed(bench, make):
    chunks = [LanguageModelChunk(text="w1 "), LanguageModelChunk(text="w2"), LanguageModelChunk(usage=make("usage"))]

    result = await bench.offer(models=make("models", chunks)).run(QUESTION, **llm())

    assert bench.context.sent == [("text", "w1 "), ("text", "w2"), ("text", "")]
    assert bench.context.finished == ["text"]
    assert result.outputs["text"] == "w1 w2"


async def test_outputs_log_and_cost_have_exactly_their_keys(bench, make):
    spent = make("usage")

    result = await bench.offer(models=make("models", "ok")).run(QUESTION, **llm())

    assert result.outputs == {
        "text": "ok",
        "reasoning_content": "",
        "usage": spent.to_json(),
        "finish_reason": "stop",
    }
    assert result.process_data == {
        "model_mode": "chat",
        "prompts": [
            {"role": "system", "text": "You are terse.", "files": []},
            {"role": "user", "text": "why?", "files": []},
        ],
        "usage": spent.to_json(),
        "finish_reason": "stop",
        "model_provider": "langgenius/openai/openai",
        "model_name": "gpt-4o-mini",
    }
    assert result.metadata == {"total_tokens": 15, "total_price": "0.00001", "currency": "USD"}
    assert result.inputs == {}
    assert list(result.outputs["usage"]) == [
        "prompt_tokens",
        "prompt_unit_price",
        "prompt_price_unit",
        "prompt_price",
        "completion_tokens",
        "completion_unit_price",
        "completion_price_unit",
        "completion_price",
        "total_tokens",
        "total_price",
        "currency",
        "latency",
        "time_to_first_token",
        "time_to_generate",
    ]


async def test_an_answer_without_usage_cost_nothing(bench, make):
    result = await bench.offer(models=make("models", [LanguageModelChunk(text="ok")])).run(QUESTION, **llm())

    assert result.metadata["total_tokens"] == 0
    assert result.outputs["finish_reason"] is None


async def test_files_that_the_model_made_are_an_output(bench, make):
    picture = make("file", "a")
    chunks = [LanguageModelChunk(text="here", files=[picture])]

    result = await bench.offer(models=make("models", chunks)).run(QUESTION, **llm())

    assert result.outputs["files"] == [picture]


async def test_tagged_reasoning_stays_in_the_text(bench, make):
    result = await bench.offer(models=make("models", THOUGHT)).run(QUESTION, **llm())

    assert (result.outputs["text"], result.outputs["reasoning_content"]) == (THOUGHT, "")


async def test_separated_reasoning_is_an_output_of_its_own_yet_streamed(bench, make):
    result = await bench.offer(models=make("models", THOUGHT)).run(QUESTION, **llm(reasoning_format="separated"))

    assert (result.outputs["text"], result.outputs["reasoning_content"]) == ("Yes.", "hmm")
    assert bench.context.sent == [("text", THOUGHT)]


@pytest.mark.parametrize(
    ("text", "answer", "thoughts"),
    [
        ("plain ", "plain ", ""),
        ("<think>a</think>b<THINK>c</THINK>d", "bd", "a\nc"),
        ("a<think>never closed", "a<think>never closed", ""),
        ("<think>a</think>b<think>open", "b<think>open", "a"),
        ('<think time="3">a</think>b', "b", "a"),
        ("<thinking>a</thinking>", "<thinking>a</thinking>", ""),
        ("<think></think>b", "b", ""),
        ("<think>" * 50_000, "<think>" * 50_000, ""),
    ],
)
async def test_reasoning_is_told_from_the_answer(bench, make, text, answer, thoughts):
    result = await bench.offer(models=make("models", text)).run(QUESTION, **llm(reasoning_format="separated"))

    assert (result.outputs["text"], result.outputs["reasoning_content"]) == (answer, thoughts)


async def test_structured_output_is_left_to_a_model_that_promises_it(bench, make):
    models = make("models", '{"name": "Ann"}', features=frozenset({ModelFeature.STRUCTURED_OUTPUT}))

    result = await bench.offer(models=models).run(QUESTION, **structured())

    assert models.requests[0].response_schema == SCHEMA
    assert [message.content for message in models.requests[0].messages] == ["You are terse.", "why?"]
    assert result.outputs["structured_output"] == {"name": "Ann"}
    assert result.outputs["text"] == '{"name": "Ann"}'


async def test_structured_output_is_asked_of_other_models_in_the_prompt(bench, make):
    models = make("models", '{"name": "Ann"}')

    await bench.offer(models=models).run(QUESTION, **structured())

    request = models.requests[0]
    assert request.response_schema is None
    assert request.messages[0].role == "system"
    assert request.messages[0].content.startswith("You are terse.")
    assert json.dumps(SCHEMA) in request.messages[0].content


async def test_the_wanted_shape_makes_a_system_message_where_there_is_none(bench, make):
    models = make("models", '{"name": "Ann"}')

    await bench.offer(models=models).run({}, **structured(prompt_template=[{"role": "user", "text": "hi"}]))

    assert [message.role for message in models.requests[0].messages] == ["system", "user"]


@pytest.mark.parametrize(
    "text",
    [
        'Sure:\n```json\n{"name": "Ann"}\n```',
        "{'name': 'Ann'}",
        '{"name": "Ann"',
        '<think>{"name": "wrong"}</think>{"name": "Ann"}',
        'I use {braces} for {"name": "Ann"}',
    ],
)
async def test_structured_output_is_found_and_repaired(bench, make, text):
    result = await bench.offer(models=make("models", text)).run(QUESTION, **structured())

    assert result.outputs["structured_output"] == {"name": "Ann"}


@pytest.mark.parametrize("text", ["I would rather not.", "", "[1, 2]", "{", "{" * 5_000])
async def test_an_answer_without_json_fails_where_structured_output_is_on(bench, make, text):
    with pytest.raises(NodeError) as caught:
        await bench.offer(models=make("models", text)).run(QUESTION, **structured())

    assert caught.value.error_type == "OutputParserError"
    assert caught.value.process_data["finish_reason"] == "stop"
    assert caught.value.metadata["total_tokens"] == 15


async def test_structured_output_without_a_schema_fails_before_the_call(bench, make):
    models = make("models")

    with pytest.raises(NodeError, match="has no schema"):
        await bench.offer(models=models).run(QUESTION, **llm(structured_output_enabled=True))

    assert models.requests == []


async def test_a_schema_alone_does_not_ask_for_structure(bench, make):
    result = await bench.offer(models=make("models", "plain")).run(
        QUESTION, **llm(structured_output={"schema": SCHEMA})
    )

    assert "structured_output" not in result.outputs


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (ModelRateLimitError, "InvokeRateLimitError"),
        (ModelCredentialsError, "InvokeAuthorizationError"),
        (ModelUnavailableError, "InvokeServerUnavailableError"),
        (ModelRequestError, "InvokeBadRequestError"),
        (ModelNotFoundError, "ModelNotExistError"),
        (ModelError, "InvokeError"),
    ],
)
async def test_failures_of_the_model_have_the_names_that_graphs_know(bench, make, error, named):
    failing = make("models", [LanguageModelChunk(text="half"), error("[openai] Rate Limit Error, stub")])

    with pytest.raises(NodeError) as caught:
        await bench.offer(models=failing).run(QUESTION, **llm())

    assert caught.value.message == "[openai] Rate Limit Error, stub"
    assert caught.value.error_type == named
    assert caught.value.process_data["prompts"][1]["text"] == "why?"
    assert bench.context.finished == []


async def test_a_model_that_is_not_known_fails_the_node(bench, make):
    models = make("models")
    models.failure = ModelNotFoundError("no such model", hint="install it")

    with pytest.raises(NodeError) as caught:
        await bench.offer(models=models).run(QUESTION, **structured())

    assert (caught.value.error_type, caught.value.hint) == ("ModelNotExistError", "install it")


def test_the_node_may_be_retried(bench):
    assert bench.node(**llm()).retryable is True
