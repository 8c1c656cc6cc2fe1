"""Embeddings, rerank, moderation and speech of every provider."""

from decimal import Decimal

import pytest

from dify_runtime_sdk.model_uses import (
    EmbeddingRequest,
    ModerationModels,
    ModerationRequest,
    Reranking,
    RerankRequest,
    SpeechModels,
    SpeechRequest,
    TextEmbeddings,
    TranscriptionModels,
    TranscriptionRequest,
)
from dify_runtime_sdk.models import ModelId, ModelRateLimitError, ModelUnavailableError


@pytest.fixture(autouse=True)
def given(probe):
    probe.given = {"key": "shared"}


@pytest.fixture
async def get(runtime, plugins):
    booted = await runtime(plugins, roles=("job",), settings={"MIGRATION_ENABLED": True})
    return booted.services.get


def model(name):
    return ModelId("probe", name)


def limited():
    error = ModelRateLimitError("too many")
    error.retry_after = 0.0
    return error


async def test_texts_are_embedded_in_batches(get, probe):
    found = await (await get(TextEmbeddings)).embed(EmbeddingRequest(model=model("vectors"), texts=["a", "bb", "ccc"]))
    assert [list(one) for one in found.vectors] == [[1.0], [2.0], [3.0]]
    assert [len(call.texts) for call in probe.calls] == [2, 1]
    assert (found.usage.total_tokens, found.usage.total_price) == (30, Decimal("0.0000300"))


async def test_no_texts_are_no_call(get, probe):
    found = await (await get(TextEmbeddings)).embed(EmbeddingRequest(model=model("vectors"), texts=[]))
    assert (found.vectors, probe.calls) == ((), [])


async def test_a_batch_is_tried_again_by_itself(get, probe):
    probe.plan = ["hello", limited(), "hello"]
    found = await (await get(TextEmbeddings)).embed(EmbeddingRequest(model=model("vectors"), texts=["a", "bb", "ccc"]))
    assert len(found.vectors) == 3


async def test_a_vector_too_few_is_an_error(get, probe):
    probe.plan = [[[1.0]]]
    embeddings = await get(TextEmbeddings)
    with pytest.raises(ModelUnavailableError, match="1 vectors for 2 texts"):
        await embeddings.embed(EmbeddingRequest(model=model("vectors"), texts=["a", "b"]))


async def test_documents_come_best_first_above_the_threshold(get):
    request = RerankRequest(
        model=model("order"), query="q", documents=["a", "b", "c", "d"], score_threshold=0.1, limit=2
    )
    found = await (await get(Reranking)).rerank(request)
    assert [one.index for one in found] == [3, 2]


async def test_no_documents_are_no_call(get, probe):
    assert await (await get(Reranking)).rerank(RerankRequest(model=model("order"), query="q", documents=[])) == ()
    assert probe.calls == []


async def test_texts_are_judged(get):
    moderation = await get(ModerationModels)
    assert await moderation.flagged(ModerationRequest(model=model("judge"), text="bad words"))
    assert not await moderation.flagged(ModerationRequest(model=model("judge"), text="words"))


async def test_an_unknown_voice_is_the_default_one(get):
    speech = await get(SpeechModels)
    request = SpeechRequest(model=model("voice"), text="t", voice="nobody")
    assert [piece async for piece in speech.speak(request)] == [b"ann"]
    assert [voice.value for voice in await speech.voices(model("voice"))] == ["ann"]


async def test_speech_is_tried_again_before_it_began(get, probe):
    probe.plan = [limited(), "hello"]
    speech = await get(SpeechModels)
    request = SpeechRequest(model=model("voice"), text="t", voice="ann")
    assert b"".join([piece async for piece in speech.speak(request)]) == b"ann"


async def test_sound_is_written_down(get):
    request = TranscriptionRequest(model=model("ear"), audio=b"hello")
    assert await (await get(TranscriptionModels)).transcribe(request) == "hello"
