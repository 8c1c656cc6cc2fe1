"""What the Service API asks of those who can call a model; services, each offered by at most one plugin."""

from collections.abc import Sequence
from typing import Protocol

from ..api import App


class ConversationNaming(Protocol):
    """Names conversations."""

    async def name(self, app: App, query: str, *, conversation_id: str) -> str:
        """A short name for a conversation that begins with `query`; made up without a model when that fails."""
        ...


class SuggestedQuestions(Protocol):
    """Thinks of what a user might ask next."""

    async def suggest(self, app: App, *, conversation_id: str, message_id: str) -> Sequence[str]:
        """Questions that may follow the message; raises `HttpError`, or a `ModelError`."""
        ...
