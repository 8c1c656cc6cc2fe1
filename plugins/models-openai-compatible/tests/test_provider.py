"""The plugin as a whole: the conformance suite, and credentials from settings."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from dify_models_openai_compatible.plugin import _given
from dify_models_openai_compatible.settings import OpenAiCompatibleSettings
from dify_runtime_sdk.models import ModelType
from dify_runtime_sdk.testing.models import ModelProviderLab, ModelProviderSuite


class TestOpenAi(ModelProviderSuite):
    """`openai`, at a server that answers."""

    @pytest.fixture
    def lab(self, bench, chat, say):
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        bench.server.says(
            "/v1/chat/completions", say.events(chat("he"), chat("llo"), chat(reason="stop"), chat(usage=usage))
        )
        vectors = {"data": [{"index": place, "embedding": [place % 2, 1]} for place in range(3)]}
        one = {"data": [{"index": 0, "embedding": [0, 1]}]}
        bench.server.says("/v1/embeddings", say.as_json(one), say.as_json(vectors))
        bench.server.says("/refusing/models", say.error(401, "Incorrect API key provided: sk-0123456789abcdef"))
        embedding = bench.access("text-embedding-3-small", ModelType.TEXT_EMBEDDING)
        refused = replace(bench.access(openai_api_base=f"{bench.server.url}/refusing"), model="", schema=None)
        return ModelProviderLab(provider=bench.provider(), llm=bench.access(), embedding=embedding, refused=refused)

    async def test_good_credentials_are_valid(self, lab, bench, say):
        bench.server.says("/v1/chat/completions", say.as_json({"choices": []}))
        await super().test_good_credentials_are_valid(lab)

    async def test_there_is_one_vector_per_text_all_of_one_length(self, lab, bench):
        bench.server.answers["/v1/embeddings"].pop(0)
        await super().test_there_is_one_vector_per_text_all_of_one_length(lab)


def test_the_operator_gives_credentials_in_settings():
    settings = OpenAiCompatibleSettings(
        OPENAI_API_KEY=SecretStr("a"),
        OPENAI_BASE_URL="http://o.test/v1",
        OPENAI_ORG_ID="org",
        AZURE_OPENAI_API_KEY=SecretStr("b"),
        AZURE_OPENAI_ENDPOINT="http://z.test",
        OPENAI_API_VERSION="v9",
        OLLAMA_BASE_URL="http://l.test",
        VLLM_BASE_URL="http://v.test/v1",
        VLLM_API_KEY=SecretStr("c"),
        OPENROUTER_API_KEY=SecretStr("d"),
        DEEPSEEK_API_KEY=SecretStr("e"),
    )
    assert _given(settings) == {
        "openai": {"openai_api_key": "a", "openai_api_base": "http://o.test/v1", "openai_organization": "org"},
        "azure": {"openai_api_key": "b", "openai_api_base": "http://z.test", "openai_api_version": "v9"},
        "ollama": {"base_url": "http://l.test"},
        "vllm": {"endpoint_url": "http://v.test/v1", "api_key": "c"},
        "openrouter": {"api_key": "d"},
        "deepseek": {"api_key": "e"},
    }


def test_no_settings_are_no_credentials():
    assert _given(OpenAiCompatibleSettings()) == {}
    assert _given(OpenAiCompatibleSettings(OPENAI_ORG_ID="org", VLLM_API_KEY=SecretStr("c"))) == {}
