"""The declaration of the plugin."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Command, Plugin, Runtime, hookimpl

from .settings import OfflineSettings

if TYPE_CHECKING:
    from .provider import OfflineProvider


class OfflinePlugin(Plugin):
    """The provider `offline`."""

    requires = ("models",)
    settings = OfflineSettings

    def __init__(self) -> None:
        self._provider: OfflineProvider | None = None

    @hookimpl
    def model_providers(self, runtime: Runtime) -> "list[OfflineProvider]":
        """The provider, with the models that are installed."""
        from .provider import OfflineProvider

        self._provider = OfflineProvider(runtime.settings(OfflineSettings))
        return [self._provider]

    @hookimpl
    def commands(self) -> list[Command]:
        """Add the command that fetches the files of the models."""
        return [Command("offline", "dify_models_offline.commands:offline", "The offline models: install, status.")]

    async def stop(self) -> None:
        """End the processes of the models."""
        if self._provider is not None:
            await self._provider.close()
