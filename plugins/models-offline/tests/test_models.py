"""The models themselves, in their processes."""

import asyncio
import os
import signal

import pytest

from dify_models_offline.provider import EMBEDDING_MODEL, TEXT_MODEL
from dify_runtime_sdk.model_providers import Generation
from dify_runtime_sdk.model_uses import EmbeddingRequest
from dify_runtime_sdk.models import (
    LanguageModelRequest,
    Message,
    ModelId,
    ModelRateLimitError,
    ModelRequestError,
    ModelUnavailableError,
)
from dify_runtime_sdk.testing.models import ModelProviderLab, ModelProviderSuite, NoFiles

pytestmark = pytest.mark.xdist_group("offline models")


class TestSuite(ModelProviderSuite):
    """The conformance suite."""

    @pytest.fixture
    def lab(self, provider, text, vectors):
        return ModelProviderLab(provider=provider, llm=text, embedding=vectors)


def pieces(provider, access, prompt="Count to one hundred.", **parameters):
    messages = [Message(role="user", content=prompt)]
    request = LanguageModelRequest(model=ModelId("offline", TEXT_MODEL), messages=messages, parameters=parameters)
    return provider.generate(Generation(access=access, request=request, files=NoFiles()))


async def test_an_answer_has_as_many_tokens_as_it_may(provider, text):
    chunks = [chunk async for chunk in pieces(provider, text, max_tokens=5, temperature=0.0)]
    assert (chunks[-1].usage.completion_tokens, chunks[-1].finish_reason) == (5, "length")
    assert chunks[-1].usage.prompt_tokens > 5


async def test_a_prompt_that_is_too_long_is_refused(provider, text):
    with pytest.raises(ModelRequestError, match="context size"):
        await anext(pieces(provider, text, prompt="word " * 3000, max_tokens=5))


async def test_one_call_too_many_is_refused(provider, text):
    calls = [pieces(provider, text, max_tokens=200) for _ in range(4)]
    first = [asyncio.ensure_future(anext(call)) for call in calls]
    try:
        done, _ = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        assert any(isinstance(one.exception(), ModelRateLimitError) for one in done)
    finally:
        for one in first:
            one.cancel()
        await asyncio.gather(*first, return_exceptions=True)
        for call in calls:
            await call.aclose()


async def test_a_process_that_dies_fails_its_calls_and_another_takes_its_place(provider, text):
    call = pieces(provider, text, max_tokens=400)
    await anext(call)
    os.kill(provider._text._process.pid, signal.SIGKILL)
    with pytest.raises(ModelUnavailableError, match="ended with status"):
        async for _ in call:
            pass
    assert [chunk async for chunk in pieces(provider, text, max_tokens=2)][-1].finish_reason


async def test_what_means_the_same_is_near(provider, vectors):
    texts = ["A cat sits on the mat.", "The cat is sitting on a rug.", "Stocks fell sharply on Monday."]
    request = EmbeddingRequest(model=ModelId("offline", EMBEDDING_MODEL), texts=texts)
    found = await provider.embed(vectors, request)
    one, same, other = found.vectors
    assert len(one) == 384
    assert sum(a * b for a, b in zip(one, same, strict=True)) > 0.5
    assert sum(a * b for a, b in zip(one, other, strict=True)) < 0.3
    assert found.usage.total_tokens > 15


async def test_a_provider_that_is_closed_starts_no_process_again(provider, text):
    answer = pieces(provider, text, max_tokens=200)
    await anext(answer)
    await provider.close()
    await answer.aclose()  # what was being answered is left now, by a task that ends later
    with pytest.raises(ModelUnavailableError, match="stopped"):
        await anext(pieces(provider, text))
    assert provider._text._process is None


async def test_a_process_that_is_being_started_is_ended_too(provider, text):
    asking = asyncio.create_task(anext(pieces(provider, text, max_tokens=5)))
    await asyncio.sleep(0)  # it begins to start the process
    await provider.close()
    with pytest.raises(ModelUnavailableError):
        await asking
    assert provider._text._process is None
