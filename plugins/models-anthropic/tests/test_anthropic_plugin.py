"""The plugin: which providers it contributes, and the operator's credentials from its settings."""

import pytest

from dify_egress.plugin import EgressPlugin
from dify_models_anthropic.plugin import AnthropicPlugin
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

    return {"egress": EgressPlugin, "models": Owner, "models-anthropic": AnthropicPlugin}


async def test_without_a_key_the_provider_waits_for_credentials_of_workspaces(runtime, plugins, collected):
    await runtime(plugins)
    [provider] = collected.values()
    assert provider.operator_credentials() is None


async def test_the_operators_key_and_address_come_from_settings(runtime, plugins, collected):
    await runtime(plugins, settings={"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"})
    [provider] = collected.values()
    assert provider.operator_credentials() == {"anthropic_api_key": "k", "anthropic_api_url": "http://127.0.0.1:1"}
