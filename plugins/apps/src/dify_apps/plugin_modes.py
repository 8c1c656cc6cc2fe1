"""The declaration of the plugin that brings the app modes."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Service, hookimpl

from .api import AppModeOffer

if TYPE_CHECKING:
    from .modes.offers import ModeOffers


class AppModesPlugin(Plugin):
    """Dify's app modes: those that run a graph, and those with a model configuration."""

    requires = ("apps", "workflow", "files", "secrets", "database", "accounts", "code-based-extension")

    def __init__(self) -> None:
        self._modes: ModeOffers | None = None

    @hookimpl
    def app_modes(self) -> list[AppModeOffer]:
        """Bring the modes."""
        return self._offers().offers()

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the memory of conversations, their names, and suggested questions."""
        return self._offers().services()

    def _offers(self) -> "ModeOffers":
        if self._modes is None:
            from .modes.offers import ModeOffers  # what the modes consist of comes with the first look at them

            self._modes = ModeOffers()
        return self._modes
