"""Moderation of an answer while it is written."""

from typing import Final, Protocol

from .moderation import Judge

BUFFER: Final = 300
"""Characters that an answer grows by between two looks, as Dify's `MODERATION_BUFFER_SIZE` has it by default."""


class Moderated(Protocol):
    """An answer that grows, and that can be replaced."""

    @property
    def text(self) -> str:
        """All of it so far."""
        ...

    @property
    def length(self) -> int:
        """Its characters."""
        ...

    def replace(self, text: str) -> None:
        """Put a text in the place of everything said so far."""
        ...


class OutputGuard:
    """Looks at an answer every `buffer` characters and at its end. The whole text is judged: words may span pieces."""

    def __init__(self, judge: Judge, answer: Moderated, *, buffer: int = BUFFER) -> None:
        self._judge = judge
        self._answer = answer
        self._buffer = buffer
        self._seen = 0
        self.closed = False
        """Whether the answer was replaced for good: nothing may follow."""

    @property
    def due(self) -> bool:
        """Whether there is enough to look at."""
        return self._answer.length - self._seen >= self._buffer

    async def look(self) -> None:
        """Judge what is there."""
        if self.closed or self._answer.length == self._seen:
            return
        verdict = await self._judge.moderation_for_outputs(self._answer.text)
        if verdict.flagged:
            self.closed = verdict.action != "overridden"
            self._answer.replace(verdict.preset_response if self.closed else verdict.text)
        self._seen = self._answer.length
