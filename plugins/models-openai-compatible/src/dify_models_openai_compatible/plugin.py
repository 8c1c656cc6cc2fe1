"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import OpenAiCompatibleSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from .provider import OpenAiCompatibleProvider


class OpenAiCompatiblePlugin(Plugin):
    """Providers of models on the wire format of OpenAI."""

    requires = ("models", "egress")
    settings = OpenAiCompatibleSettings

    @hookimpl
    def model_providers(self, runtime: Runtime) -> "list[OpenAiCompatibleProvider]":
        """One provider per preset, with the operator's credentials where settings have them."""
        from .presets import PRESETS
        from .provider import OpenAiCompatibleProvider

        given = _given(runtime.settings(OpenAiCompatibleSettings))
        return [OpenAiCompatibleProvider(preset, runtime, given.get(name)) for name, preset in PRESETS.items()]


def _given(settings: OpenAiCompatibleSettings) -> "dict[str, Mapping[str, str]]":
    """The operator's credentials by preset; a preset without any has no entry."""
    found = {
        "openai": {
            "openai_api_key": _open(settings.OPENAI_API_KEY),
            "openai_api_base": settings.OPENAI_BASE_URL,
            "openai_organization": settings.OPENAI_ORG_ID,
        },
        "azure": {
            "openai_api_key": _open(settings.AZURE_OPENAI_API_KEY),
            "openai_api_base": settings.AZURE_OPENAI_ENDPOINT,
            "openai_api_version": settings.OPENAI_API_VERSION,
        },
        "ollama": {"base_url": settings.OLLAMA_BASE_URL},
        "vllm": {"endpoint_url": settings.VLLM_BASE_URL, "api_key": _open(settings.VLLM_API_KEY)},
        "openrouter": {"api_key": _open(settings.OPENROUTER_API_KEY)},
        "deepseek": {"api_key": _open(settings.DEEPSEEK_API_KEY)},
    }
    enough = {
        "openai": ("openai_api_key", "openai_api_base"),
        "azure": ("openai_api_base",),
        "ollama": ("base_url",),
        "vllm": ("endpoint_url",),
        "openrouter": ("api_key",),
        "deepseek": ("api_key",),
    }
    kept = {preset: {name: value for name, value in fields.items() if value} for preset, fields in found.items()}
    return {preset: fields for preset, fields in kept.items() if any(name in fields for name in enough[preset])}


def _open(secret: "SecretStr | None") -> str | None:
    return None if secret is None else secret.get_secret_value()
