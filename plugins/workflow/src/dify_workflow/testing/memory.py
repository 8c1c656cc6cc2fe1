"""A scripted history of a conversation."""

from collections.abc import Sequence

from dify_runtime_sdk.models import Message


class ScriptedMemory:
    """Satisfies `ConversationMemory`: every conversation consists of these messages, the oldest first."""

    def __init__(self, *messages: Message) -> None:
        self._messages = messages

    async def history(self, conversation_id: str, *, tenant_id: str, limit: int) -> Sequence[Message]:
        """See `ConversationMemory.history`."""
        return self._messages[-limit:] if limit > 0 else ()
