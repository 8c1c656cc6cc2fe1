"""The modes of the package, and the services beside them. Light: the parts come with the first run of a mode."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Runtime, Service

from ..api import AppModeOffer

if TYPE_CHECKING:
    from ..api import AppMode
    from .chat.naming import Naming
    from .chat.parts import ConversationParts
    from .easy.services import EasyServices


class ModeOffers:
    """Makes the modes of one runtime. Parts are made at first use; a second caller meanwhile makes its own, harmlessly.

    Graphs are `workflow` and `advanced-chat`; the easy modes are those with a model configuration.
    """

    def __init__(self) -> None:
        self._common: ConversationParts | None = None
        self._easy: EasyServices | None = None

    def offers(self) -> list[AppModeOffer]:
        """What the hook `app_modes` returns."""
        return [
            AppModeOffer("workflow", self._workflow),
            AppModeOffer("advanced-chat", self._advanced_chat),
            AppModeOffer("completion", self._completion),
            AppModeOffer("chat", self._chat),
            AppModeOffer("agent-chat", self._agent_chat),
        ]

    def services(self) -> list[Service[Any]]:
        """What the hook `services` returns: the memory of conversations, their names, and suggested questions."""
        from dify_runtime_sdk.workflow.memory import ConversationMemory

        from ..services.seams import ConversationNaming, SuggestedQuestions
        from .easy.offering import make_memory, make_suggestions

        return [
            Service(ConversationMemory, make_memory),
            Service(ConversationNaming, self._naming),
            Service(SuggestedQuestions, make_suggestions),
        ]

    async def common(self, runtime: Runtime) -> "ConversationParts":
        """What the modes with conversations have in common."""
        from .chat.parts import conversation_parts

        if self._common is None:
            self._common = await conversation_parts(runtime)
        return self._common

    async def easy(self, runtime: Runtime) -> "EasyServices":
        """What the easy modes have in common."""
        from .easy.services import easy_services

        if self._easy is None:
            self._easy = await easy_services(runtime, await self.common(runtime))
        return self._easy

    async def _naming(self, runtime: Runtime) -> "Naming":
        return (await self.common(runtime)).naming

    async def _workflow(self, runtime: Runtime) -> "AppMode":
        from .graph.services import graph_services
        from .workflow import WorkflowMode

        return WorkflowMode(await graph_services(runtime), (await self.common(runtime)).speaking)

    async def _advanced_chat(self, runtime: Runtime) -> "AppMode":
        from .advanced_chat import AdvancedChatMode
        from .graph.services import graph_services

        return AdvancedChatMode(await graph_services(runtime), await self.common(runtime))

    async def _completion(self, runtime: Runtime) -> "AppMode":
        from .completion import CompletionMode

        return CompletionMode(await self.easy(runtime))

    async def _chat(self, runtime: Runtime) -> "AppMode":
        from .chat_mode import ChatMode

        return ChatMode(await self.easy(runtime))

    async def _agent_chat(self, runtime: Runtime) -> "AppMode":
        from .agent_chat import AgentChatMode

        return AgentChatMode(await self.easy(runtime))
