"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import AnthropicSettings

if TYPE_CHECKING:
    from .provider import AnthropicProvider


class AnthropicPlugin(Plugin):
    """The provider `anthropic`."""

    requires = ("models", "egress")
    settings = AnthropicSettings

    @hookimpl
    def model_providers(self, runtime: Runtime) -> "list[AnthropicProvider]":
        """The provider, with the operator's credentials where settings have them."""
        from .provider import AnthropicProvider

        return [AnthropicProvider(runtime, _given(runtime.settings(AnthropicSettings)))]


def _given(settings: AnthropicSettings) -> dict[str, str] | None:
    if settings.ANTHROPIC_API_KEY is None:
        return None
    given = {"anthropic_api_key": settings.ANTHROPIC_API_KEY.get_secret_value()}
    if settings.ANTHROPIC_BASE_URL:
        given["anthropic_api_url"] = settings.ANTHROPIC_BASE_URL
    return given
