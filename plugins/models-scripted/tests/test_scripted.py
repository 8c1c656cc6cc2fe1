"""Models that answer from a script."""

import pytest
from pydantic import ValidationError

from dify_models_scripted import Rule, Script
from dify_models_scripted.plugin import ScriptedPlugin
from dify_models_scripted.provider import ScriptedProvider
from dify_models_scripted.settings import ScriptedSettings
from dify_runtime_sdk.model_providers import Generation, ModelAccess
from dify_runtime_sdk.model_uses import EmbeddingRequest, ModerationRequest, RerankRequest
from dify_runtime_sdk.models import (
    LanguageModelRequest,
    Message,
    ModelId,
    ModelRateLimitError,
    ModelType,
    ModelUnavailableError,
)
from dify_runtime_sdk.testing.models import ModelProviderLab, ModelProviderSuite, NoFiles

MODEL = ModelId("scripted", "m")


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def provider(script):
    return ScriptedProvider(script)


@pytest.fixture
def access(provider):
    return ModelAccess(provider=provider.description, model="m")


@pytest.fixture
def ask(provider, access):
    async def ask(*texts):
        request = LanguageModelRequest(model=MODEL, messages=[Message(role="user", content=text) for text in texts])
        call = Generation(access=access, request=request, files=NoFiles())
        return [chunk async for chunk in provider.generate(call)]

    return ask


class TestSuite(ModelProviderSuite):
    """The conformance suite."""

    @pytest.fixture
    def lab(self, provider, access):
        return ModelProviderLab(provider=provider, llm=access, embedding=access)


async def test_without_a_rule_the_prompt_is_said_back_word_by_word(ask):
    chunks = await ask("first", "say it again")
    assert [chunk.text for chunk in chunks] == ["say ", "it ", "again", ""]
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (4, 3)


async def test_the_first_rule_that_fits_answers(ask, script):
    script.set("m", Rule(when="rain", text="wet"), Rule(when="^sun", text="dry"), Rule(text="who knows {prompt}"))
    assert [(await ask(text))[0].text for text in ("sun and rain", "sun")] == ["wet", "dry"]
    assert "".join(chunk.text for chunk in await ask("snow")) == "who knows snow"


async def test_an_answer_is_cut_into_as_many_pieces_as_the_rule_says(ask, script):
    script.set("m", Rule(text="abcdef", chunks=3))
    assert [chunk.text for chunk in await ask("x")] == ["ab", "cd", "ef", ""]


async def test_a_rule_is_used_up(ask, script):
    script.set("m", Rule(error="rate_limit", times=1), Rule(text="fine"))
    with pytest.raises(ModelRateLimitError):
        await ask("x")
    assert (await ask("x"))[0].text == "fine"


async def test_an_error_can_come_in_the_middle(provider, access, script):
    script.set("m", Rule(text="one two three", error="unavailable", after=2))
    request = LanguageModelRequest(model=MODEL, messages=[Message(role="user", content="x")])
    pieces = provider.generate(Generation(access=access, request=request, files=NoFiles()))
    assert [(await anext(pieces)).text, (await anext(pieces)).text] == ["one ", "two "]
    with pytest.raises(ModelUnavailableError, match="three"):
        await anext(pieces)


async def test_tools_are_called(ask, script):
    script.set("m", Rule.model_validate({"tool_calls": [{"name": "add", "arguments": {"x": 1}}]}))
    [chunk] = await ask("x")
    assert [(call.name, call.arguments) for call in chunk.tool_calls] == [("add", '{"x": 1}')]
    assert chunk.finish_reason == "tool_calls"


async def test_documents_with_the_words_of_the_query_are_better(provider, access):
    request = RerankRequest(model=MODEL, query="red fox", documents=["a red fox", "a fox", "a hen"])
    assert [one.score for one in await provider.rerank(access, request)] == [1.0, 0.5, 0.0]


async def test_texts_with_the_same_words_are_near(provider, access):
    request = EmbeddingRequest(model=MODEL, texts=["red fox", "fox red", "blue hen", ""])
    first, second, third, nothing = (await provider.embed(access, request)).vectors
    assert first == second != third
    assert sum(number * number for number in nothing) == pytest.approx(1)


async def test_a_text_that_a_rule_fails_is_flagged(provider, access, script):
    script.set("m", Rule(when="bad", error="request"))
    assert await provider.flagged(access, ModerationRequest(model=MODEL, text="a bad word"))
    assert not await provider.flagged(access, ModerationRequest(model=MODEL, text="a word"))


def test_rules_come_from_settings():
    settings = ScriptedSettings(SCRIPTED_MODELS={"m": [{"text": "hi"}]})
    assert Script(settings.SCRIPTED_MODELS).rule("m", "x").text == "hi"
    assert ScriptedPlugin.requires == ("models",)


@pytest.mark.parametrize("rule", [{"when": "("}, {"chunks": 0}, {"words": "x"}, {"error": "boom"}])
def test_a_rule_that_is_wrong_is_refused(rule):
    with pytest.raises(ValidationError):
        Rule.model_validate(rule)


def test_every_name_is_a_model(provider):
    assert provider.schema(ModelType.LLM, "anything", {}).context_size == 100_000
