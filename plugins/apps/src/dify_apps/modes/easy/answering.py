"""An answer as it comes: its text, what it cost, what it rests on."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.models import LanguageModelChunk, Message, ModelId, ModelUsage

from ...api import RunOutput
from ..chat.conversations import no_usage

if TYPE_CHECKING:
    from ...features.output_guard import OutputGuard

_SUMS: Final = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_price", "completion_price", "total_price")


class Answer:
    """Gathers the answer of one run and tells its pieces."""

    def __init__(
        self, message_id: str, output: RunOutput, *, agent: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._output = output
        self._clock = clock
        self._began = clock()
        self._message_id = message_id
        self._agent = agent
        self._texts: list[str] = []
        self._usage: ModelUsage | None = None
        self.length = 0
        self.prompt: Sequence[Message] = ()
        self.resources: list[Mapping[str, Any]] = []
        self.annotation: Mapping[str, Any] | None = None
        self.guard: OutputGuard | None = None
        self.calling: tuple[ModelId, Sequence[Message], list[str]] | None = None
        """The call of a model that goes on: what it was asked, and what it has said."""

    @property
    def output(self) -> RunOutput:
        """Where the answer is told."""
        return self._output

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    @property
    def latency(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    @property
    def usage(self) -> ModelUsage:
        """What all calls of models cost; times are those of the whole answer, as in Dify."""
        usage = no_usage() if self._usage is None else self._usage
        return replace(usage, latency=self.latency, time_to_first_token=None, time_to_generate=None)

    @property
    def spent(self) -> ModelUsage | None:
        """What calls of models cost so far, with their own times."""
        return self._usage

    def say(self, text: str) -> None:
        """Tell a piece of the text that a model writes."""
        if not self._agent:
            self.preset(text)
            return
        self.keep(text)
        self._output.emit({"event": "agent_message", "id": self._message_id, "answer": text})

    def preset(self, text: str) -> None:
        """Tell a text that no model of an agent writes."""
        self.keep(text)
        event = {"event": "message", "id": self._message_id, "answer": text, "from_variable_selector": None}
        self._output.emit(event)

    async def tell(self, text: str) -> bool:
        """Tell a piece of the text, have it looked at now and then, and return whether more may follow."""
        self.say(text)
        if self.guard is None or not self.guard.due:
            return True
        await self.guard.look()
        return not self.guard.closed

    def keep(self, text: str) -> None:
        """Add a text to what is saved that clients are not told."""
        self._texts.append(text)
        self.length += len(text)

    def settle(self, text: str) -> None:
        """What is saved instead of everything said so far; clients are not told."""
        self._texts = [text]
        self.length = len(text)

    def replace(self, text: str) -> None:
        """Put a text in the place of everything said so far."""
        self.settle(text)
        self._output.emit({"event": "message_replace", "answer": text, "reason": ""})

    def spend(self, usage: ModelUsage) -> None:
        """Add what a call of a model cost."""
        self._usage = usage if self._usage is None else total(self._usage, usage)

    def begin_call(self, model: ModelId, messages: Sequence[Message]) -> None:
        """A model is asked."""
        self.calling = (model, messages, [])

    def hear(self, chunk: LanguageModelChunk) -> None:
        """A piece of a model's answer; the last one says what it cost."""
        if self.calling is not None and chunk.text:
            self.calling[2].append(chunk.text)
        if chunk.usage is not None:
            self.spend(chunk.usage)
            self.calling = None


def total(one: ModelUsage, other: ModelUsage) -> ModelUsage:
    """The cost of both; unit prices are those of the later."""
    sums: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in _SUMS}
    return replace(other, **sums)


def difference(whole: ModelUsage, before: ModelUsage | None) -> ModelUsage:
    """What was spent since `before`."""
    if before is None:
        return whole
    return replace(whole, **{name: getattr(whole, name) - getattr(before, name) for name in _SUMS})
