"""The plugin: which providers it contributes, and the operator's credentials from its settings."""

import pytest

from dify_egress.plugin import EgressPlugin
from dify_models_openai_compatible.plugin import OpenAiCompatiblePlugin
from dify_runtime_sdk import Plugin, hookimpl
from dify_runtime_sdk.model_providers import ModelProviderHooks


@pytest.fixture
def collected():
    """The contributed providers by name."""
    return {}


@pytest.fixture
def plugins(collected):
    """The plugin, and an owner of its hook that keeps what comes."""

    class Owner(Plugin):
        @hookimpl
        def extension_points(self):
            return [ModelProviderHooks]

        @hookimpl
        def finish(self, runtime):
            for _, provider in runtime.contributions("model_providers"):
                collected[provider.description.name] = provider

    return {"egress": EgressPlugin, "models": Owner, "models-openai-compatible": OpenAiCompatiblePlugin}


async def test_each_preset_is_a_provider_and_only_those_with_settings_have_credentials(runtime, plugins, collected):
    await runtime(plugins, settings={"DEEPSEEK_API_KEY": "k"})
    given = {name.rpartition("/")[2]: provider.operator_credentials() for name, provider in collected.items()}
    assert given.pop("deepseek") == {"api_key": "k"}
    assert {"openai", "azure_openai", "openai_api_compatible", "ollama", "vllm", "openrouter"} == given.keys()
    assert set(given.values()) == {None}
