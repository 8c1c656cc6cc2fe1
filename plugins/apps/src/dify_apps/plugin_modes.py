"""The declaration of the plugin that brings the app modes."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Runtime, Service, hookimpl

from .api import AppModeOffer

if TYPE_CHECKING:
    from .modes.advanced_chat import AdvancedChatMode
    from .modes.easy import EasyModes
    from .modes.workflow import WorkflowMode


class AppModesPlugin(Plugin):
    """Dify's app modes: those that run a graph, and those with a model configuration."""

    requires = ("apps", "workflow", "files", "secrets", "database", "accounts", "code-based-extension")

    def __init__(self) -> None:
        self._easy: EasyModes | None = None

    @hookimpl
    def app_modes(self) -> list[AppModeOffer]:
        """Bring the modes."""
        graphs = [AppModeOffer("workflow", _workflow), AppModeOffer("advanced-chat", _advanced_chat)]
        return [*graphs, *self._easy_modes().offers()]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the memory of conversations, their names, and suggested questions."""
        return self._easy_modes().services()

    def _easy_modes(self) -> "EasyModes":
        if self._easy is None:
            from .modes.easy import EasyModes

            self._easy = EasyModes()
        return self._easy


async def _workflow(runtime: Runtime) -> "WorkflowMode":
    from .modes.graph.services import graph_services
    from .modes.workflow import WorkflowMode

    return WorkflowMode(**await graph_services(runtime))


async def _advanced_chat(runtime: Runtime) -> "AdvancedChatMode":
    from .modes.advanced_chat import AdvancedChatMode
    from .modes.graph.services import graph_services

    return AdvancedChatMode(**await graph_services(runtime))
