"""Memory: the earlier turns of a conversation, for nodes that put them into a prompt."""

from collections.abc import Sequence
from typing import Protocol

from ..models import Message


class ConversationMemory(Protocol):
    """Reads the history of a conversation."""

    async def history(self, conversation_id: str, *, tenant_id: str, limit: int) -> Sequence[Message]:
        """The newest `limit` messages of the thread, oldest first; without the turn that is being answered."""
        ...
