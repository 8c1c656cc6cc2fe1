"""Who serves which provider name."""

from typing import Final

from dify_runtime_sdk import PluginError, Registry
from dify_runtime_sdk.model_providers import SERVES, ModelProvider
from dify_runtime_sdk.models import ModelNotFoundError

_DISTRIBUTIONS: Final = {
    "anthropic": "dify-runtime-models-anthropic",
    "offline": "dify-runtime-models-offline[model]",
    "scripted": "dify-runtime-models-scripted",
} | dict.fromkeys(
    (
        "azure_openai",
        "deepseek",
        "ollama",
        "openai",
        "openai_api_compatible",
        "openrouter",
        "vllm",
    ),
    "dify-runtime-models-openai-compatible",
)
"""Which distribution serves a provider, by its bare name; for the hint when it is not installed."""


class Providers:
    """The providers of all plugins by all of their names."""

    def __init__(self) -> None:
        self._names: Registry[ModelProvider] = Registry("model provider")
        self._all: list[ModelProvider] = []

    def add(self, provider: ModelProvider, *, owner: str) -> None:
        """Add a provider; raises `DuplicateNameError`, and `PluginError` for a type it does not serve."""
        description = provider.description
        for model_type in description.types:
            if not isinstance(provider, SERVES[model_type]):
                raise PluginError(
                    f"model provider {description.name!r} of plugin {owner!r} says that it serves {model_type.value}, "
                    f"and is no {SERVES[model_type].__name__}"
                )
        for name in description.names:
            self._names.add(name, provider, owner=owner)
        self._all.append(provider)

    def get(self, name: str) -> ModelProvider:
        """The provider of that name, full or bare; raises `ModelNotFoundError` saying what to install."""
        provider = self._names.get(name)
        if provider is None:
            raise ModelNotFoundError(f"no plugin serves the model provider {name!r}", hint=_advice(name))
        return provider

    def all(self) -> list[ModelProvider]:
        """Every provider, in the order in which the plugins came."""
        return list(self._all)


def _advice(name: str) -> str:
    distribution = _DISTRIBUTIONS.get(name.rpartition("/")[2])
    if distribution is None:
        return "install a plugin that serves it, or name a provider that `dify-runtime models list` shows"
    return f"install {distribution}"
