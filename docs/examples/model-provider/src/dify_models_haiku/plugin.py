"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

if TYPE_CHECKING:
    from .provider import HaikuProvider


class HaikuPlugin(Plugin):
    """The provider `haiku`."""

    requires = ("models", "egress")

    @hookimpl
    def model_providers(self, runtime: Runtime) -> "list[HaikuProvider]":
        """The provider."""
        from .provider import HaikuProvider

        return [HaikuProvider(runtime)]
