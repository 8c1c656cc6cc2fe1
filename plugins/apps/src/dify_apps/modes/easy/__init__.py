"""The easy modes (completion, chat, agent-chat): what they share. Light: the parts come with the first run of one."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Runtime, Service

from ...api import AppModeOffer
from ...settings import AppsSettings

if TYPE_CHECKING:
    from ...api import AppMode
    from .services import EasyServices


class EasyModes:
    """Makes the easy modes of one runtime around one set of parts."""

    def __init__(self) -> None:
        self._parts: EasyServices | None = None

    def offers(self) -> list[AppModeOffer]:
        """What the hook `app_modes` returns."""
        return [
            AppModeOffer("completion", self._completion),
            AppModeOffer("chat", self._chat),
            AppModeOffer("agent-chat", self._agent_chat),
        ]

    def services(self) -> list[Service[Any]]:
        """What the hook `services` returns: the memory of conversations, their names, and suggested questions."""
        from dify_runtime_sdk.workflow.memory import ConversationMemory

        from ...services.seams import ConversationNaming, SuggestedQuestions
        from .offering import make_memory, make_naming, make_suggestions

        return [
            Service(ConversationMemory, make_memory),
            Service(ConversationNaming, make_naming),
            Service(SuggestedQuestions, make_suggestions),
        ]

    async def parts(self, runtime: Runtime) -> "EasyServices":
        """The parts, made at the first call; a second caller meanwhile makes its own, which does no harm."""
        from .services import easy_services

        if self._parts is None:
            buffer = runtime.settings(AppsSettings).MODERATION_BUFFER_SIZE
            self._parts = await easy_services(runtime, buffer=buffer)
        return self._parts

    async def _completion(self, runtime: Runtime) -> "AppMode":
        from ..completion import CompletionMode

        return CompletionMode(await self.parts(runtime))

    async def _chat(self, runtime: Runtime) -> "AppMode":
        from ..chat_mode import ChatMode

        return ChatMode(await self.parts(runtime))

    async def _agent_chat(self, runtime: Runtime) -> "AppMode":
        from ..agent_chat import AgentChatMode

        return AgentChatMode(await self.parts(runtime))
