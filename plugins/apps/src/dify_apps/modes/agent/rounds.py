"""What both strategies have in common: rounds, tool calls, files that tools make."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.models import LanguageModelSchema, Message
from dify_runtime_sdk.workflow import File, FileType

from ...api import PreparedRun
from ..chat.conversations import file_row, file_writes
from ..easy.answering import Answer, difference
from ..easy.calling import ModelCaller
from ..easy.config import EasyConfig
from ..easy.turns import EasyTurn, turn_of
from .thoughts import Thought
from .toolbox import Observation, Toolbox

_DEFAULT: Final = 10
_MOST: Final = 99


class TooManyRoundsError(InvalidParam):
    """400: the model still asks for tools in its last round, where it has none."""


@dataclass(slots=True, kw_only=True)
class AgentRun:
    """One answer of an agent in the making."""

    prepared: PreparedRun
    answer: Answer
    schema: LanguageModelSchema
    toolbox: Toolbox
    models: ModelCaller
    history: Sequence[Message] = ()
    _position: int = field(default=0)

    @property
    def turn(self) -> EasyTurn:
        """The turn that is answered."""
        return turn_of(self.prepared)

    @property
    def config(self) -> EasyConfig:
        """The app's configuration."""
        return self.turn.config

    @property
    def rounds(self) -> int:
        """How many rounds there may be; in the last one no tools are offered."""
        wanted = self.config.settings.agent_mode.max_iteration or _DEFAULT
        return min(wanted, _MOST) + 1

    @property
    def closed(self) -> bool:
        """Whether moderation has ended the answer."""
        return self.answer.guard is not None and self.answer.guard.closed

    @asynccontextmanager
    async def thinking(self) -> AsyncIterator[Thought]:
        """A round: told when it begins, recorded when it ends, however it ends."""
        self._position += 1
        thought = Thought(message_id=self.turn.message_id, position=self._position, labels=self.toolbox.labels)
        output, before = self.answer.output, self.answer.spent
        output.emit(thought.event())
        try:
            yield thought
        finally:
            spent = self.answer.spent
            if spent is not None and spent is not before:
                thought.usage = difference(spent, before)
            output.record(thought.write(self.prepared.request.caller))

    async def say(self, text: str) -> None:
        """Tell a piece of the answer, and have it looked at now and then."""
        if not text or self.closed:
            return
        await self.answer.tell(text)

    async def observe(self, thought: Thought, name: str, arguments: Any) -> Observation:
        """Call a tool, and take note of what it said and made."""
        observation = await self.toolbox.call(name, arguments)
        for file in observation.files:
            self._show(thought, file)
        thought.observations[name] = observation.text
        return observation

    def _show(self, thought: Thought, file: File) -> None:
        row = file_row(self.turn.message_id, file, self.prepared.request.caller, belongs_to="assistant")
        output = self.answer.output
        output.record(file_writes([row]))
        thought.files.append(row["id"])
        shown: Mapping[str, Any] = {
            "id": row["id"],
            "type": file.type.value,
            "belongs_to": "assistant",
            "url": file.url or file.remote_url or "",
        }
        output.emit({"event": "message_file", **shown})

    def over_limit(self) -> TooManyRoundsError:
        """The error of an agent that comes to no end."""
        return TooManyRoundsError(f"The agent has not come to an answer within {self.rounds - 1} rounds of tools.")


def without_files(messages: Sequence[Message]) -> list[Message]:
    """The prompt with words in the place of files: models have seen them in the first round."""
    return [message if isinstance(message.content, str) else _worded(message) for message in messages]


def _worded(message: Message) -> Message:
    parts = [part if isinstance(part, str) else _word(part.file) for part in message.content]
    return replace(message, content="\n".join(parts))


def _word(file: File) -> str:
    return "[image]" if file.type is FileType.IMAGE else "[file]"
