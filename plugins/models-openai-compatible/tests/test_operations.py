"""Embeddings, rerank, moderation, speech, transcription; and the addresses of the presets."""

import base64
import struct
from dataclasses import replace

import pytest

from dify_models_openai_compatible.presets import PRESETS
from dify_models_openai_compatible.routes import route_of
from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    ModerationRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
)
from dify_runtime_sdk.models import ModelCredentialsError, ModelFeature, ModelId, ModelType, ModelUnavailableError

MODEL = ModelId("openai", "m")


async def test_vectors_are_put_in_the_order_of_the_texts(bench, say):
    vector = base64.b64encode(struct.pack("<2f", 0.5, 1.0)).decode()
    data = [{"index": 1, "embedding": [1, 2]}, {"index": 0, "embedding": vector}]
    bench.server.says("/v1/embeddings", say.as_json({"data": data, "usage": {"total_tokens": 7}}))
    access = bench.access("text-embedding-3-small", ModelType.TEXT_EMBEDDING)
    found = await bench.provider().embed(access, EmbeddingRequest(model=MODEL, texts=["a", "b"]))
    assert found.vectors == [[0.5, 1.0], [1.0, 2.0]]
    assert found.usage.total_tokens == 7
    assert bench.server.asked[0].json["input"] == ["a", "b"]


@pytest.mark.parametrize("body", [{}, {"data": [{"index": 0}]}, {"data": [1]}, []])
async def test_an_answer_without_vectors_is_an_error(bench, say, body):
    bench.server.says("/v1/embeddings", say.as_json(body))
    access = bench.access("text-embedding-3-small", ModelType.TEXT_EMBEDDING)
    with pytest.raises(ModelUnavailableError, match="no usable"):
        await bench.provider().embed(access, EmbeddingRequest(model=MODEL, texts=["a"]))


async def test_documents_are_scored(bench, say):
    results = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "score": 0.1}]
    bench.server.says("/v1/rerank", say.as_json({"results": results}))
    request = RerankRequest(model=MODEL, query="q", documents=["a", "b"])
    found = await bench.provider().rerank(bench.access("m", ModelType.RERANK), request)
    assert [(one.index, one.score) for one in found] == [(1, 0.9), (0, 0.1)]


async def test_texts_are_judged(bench, say):
    path = "/v1/moderations"
    bench.server.says(path, say.as_json({"results": [{"flagged": True}]}), say.as_json({"results": [{}]}))
    access = bench.access("omni-moderation-latest", ModelType.MODERATION)
    request = ModerationRequest(model=MODEL, text="t")
    assert await bench.provider().flagged(access, request)
    assert not await bench.provider().flagged(access, request)


async def test_speech_comes_in_pieces(bench, say):
    bench.server.says("/v1/audio/speech", say.answer(b"ID3sound", content_type="audio/mpeg"))
    pieces = bench.provider().speak(
        bench.access("tts-1", ModelType.TTS), SpeechRequest(model=MODEL, text="t", voice="nova")
    )
    assert b"".join([piece async for piece in pieces]) == b"ID3sound"
    assert bench.server.asked[0].json["voice"] == "nova"


async def test_sound_is_written_down(bench, say):
    bench.server.says("/v1/audio/transcriptions", say.as_json({"text": "hello"}), say.as_json({}))
    access = bench.access("whisper-1", ModelType.SPEECH_TO_TEXT)
    request = TranscriptionRequest(model=MODEL, audio=b"sound", filename="a.mp3")
    assert await bench.provider().transcribe(access, request) == "hello"
    assert b'filename="a.mp3"' in bench.server.asked[0].body
    with pytest.raises(ModelUnavailableError):
        await bench.provider().transcribe(access, request)


async def test_an_answer_that_is_no_json_is_an_error(bench, say):
    bench.server.says("/v1/rerank", say.answer(b"<html>"))
    with pytest.raises(ModelUnavailableError, match="not JSON"):
        await bench.provider().rerank(
            bench.access("m", ModelType.RERANK), RerankRequest(model=MODEL, query="q", documents=["a"])
        )


def route(bench, preset, **credentials):
    access = replace(bench.access("m"), provider=PRESETS[preset].description, credentials=credentials)
    return route_of(PRESETS[preset], access)


@pytest.mark.parametrize(
    ("preset", "credentials", "url"),
    [
        ("openai", {}, "https://api.openai.com/v1/models"),
        ("openai", {"openai_api_base": "http://a.test"}, "http://a.test/v1/models"),
        ("openai", {"openai_api_base": "http://a.test/x/"}, "http://a.test/x/models"),
        ("compatible", {"endpoint_url": "http://a.test/v1"}, "http://a.test/v1/models"),
        ("ollama", {"base_url": "http://a.test:11434"}, "http://a.test:11434/v1/models"),
        ("openrouter", {}, "https://openrouter.ai/api/v1/models"),
        ("deepseek", {}, "https://api.deepseek.com/models"),
        (
            "azure",
            {"openai_api_base": "http://a.test", "openai_api_version": "v9"},
            "http://a.test/openai/deployments/m/models?api-version=v9",
        ),
        ("azure", {"openai_api_base": "http://a.test/openai/v1"}, "http://a.test/openai/v1/models"),
    ],
)
def test_every_preset_has_its_address(bench, preset, credentials, url):
    assert route(bench, preset, **credentials).url("/models") == url


def test_azure_takes_its_key_in_a_header_of_its_own(bench):
    headers = route(bench, "azure", openai_api_base="http://a.test", openai_api_key="k").headers
    assert headers == {"api-key": "k"}


def test_an_organisation_goes_along(bench):
    assert route(bench, "openai", openai_organization="o").headers == {"OpenAI-Organization": "o"}


def test_a_missing_address_is_an_error(bench):
    with pytest.raises(ModelCredentialsError, match="endpoint_url is not an address"):
        route(bench, "compatible")


def test_credentials_describe_a_model(bench):
    given = {
        "mode": "completion",
        "context_size": "9000",
        "max_tokens_to_sample": "100",
        "function_calling_type": "tool_call",
        "stream_function_calling": "not_supported",
        "vision_support": "support",
        "structured_output_support": "supported",
    }
    schema = bench.provider("compatible").schema(ModelType.LLM, "mine", given)
    assert (schema.mode, schema.context_size, schema.max_tokens, schema.customizable) == ("completion", 9000, 100, True)
    assert {ModelFeature.VISION, ModelFeature.TOOL_CALL, ModelFeature.STRUCTURED_OUTPUT} <= schema.features
    assert ModelFeature.STREAM_TOOL_CALL not in schema.features


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        (ModelType.LLM, "/v1/chat/completions", {"choices": []}),
        (ModelType.TEXT_EMBEDDING, "/v1/embeddings", {"data": [{"index": 0, "embedding": [1]}]}),
        (ModelType.RERANK, "/v1/rerank", {"results": []}),
        (ModelType.MODERATION, "/v1/moderations", {"results": []}),
        (ModelType.TTS, "/v1/models", {"data": []}),
    ],
)
async def test_credentials_of_a_model_are_tried_on_it(bench, say, kind, path, body):
    bench.server.says(path, say.as_json(body))
    await bench.provider().validate(bench.access("mine", kind))
    assert [asked.path for asked in bench.server.asked] == [path]
