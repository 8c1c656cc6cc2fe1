"""The answer of a graph as it comes: its text, what it cost, and what it rests on."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.workflow import Event, File, NodeRunFinished, NodeRunRetrieverResource, NodeRunStreamChunk

from ...api import RunOutput, WireEvent
from ..chat.answers import distinct
from ..chat.conversations import no_usage

if TYPE_CHECKING:
    from ...features.output_guard import OutputGuard

_COUNTS: Final = ("prompt_tokens", "completion_tokens", "total_tokens")
_SUMS: Final = ("prompt_price", "completion_price", "total_price")
_UNITS: Final = ("prompt_unit_price", "prompt_price_unit", "completion_unit_price", "completion_price_unit")
_SPEAKING: Final = frozenset({"answer", "end", "llm"})


class Answer:
    """Gathers what the message of a run will say. Its text is that which was streamed, in the order of the stream."""

    def __init__(self, message_id: str, output: RunOutput, clock: Callable[[], float] = time.monotonic) -> None:
        self._message_id = message_id
        self._output = output
        self._clock = clock
        self._began = clock()
        self._first: float | None = None
        self._last = self._began
        self._texts: list[str] = []
        self._usage = no_usage()
        self._resources: list[Mapping[str, Any]] = []
        self._files: dict[Any, File] = {}
        self.length = 0
        self.tell: Callable[[WireEvent], None] = output.emit
        """Where a replacement is told; the end of a run puts it in its own place."""
        self.annotation: Mapping[str, Any] | None = None
        self.guard: OutputGuard | None = None

    @property
    def output(self) -> RunOutput:
        """Where the answer is told."""
        return self._output

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    @property
    def closed(self) -> bool:
        """Whether moderation has ended the answer."""
        return self.guard is not None and self.guard.closed

    @property
    def latency(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began

    @property
    def usage(self) -> ModelUsage:
        """What all models of the run cost together."""
        first = self._last if self._first is None else self._first
        return replace(
            self._usage,
            time_to_first_token=round(first - self._began, 3),
            time_to_generate=round(self._last - first, 3),
        )

    @property
    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The knowledge that models were given."""
        return distinct(self._resources)

    @property
    def files(self) -> Sequence[File]:
        """The files that the run gave, each once."""
        return list(self._files.values())

    def chunk(self, event: NodeRunStreamChunk) -> WireEvent | None:
        """A piece of the answer; None when nothing may follow."""
        return None if self.closed else self._piece(event.chunk, list(event.selector))

    def preset(self, text: str) -> None:
        """Tell a text that no node gave."""
        self._output.emit(self._piece(text, None))

    def replace(self, text: str) -> None:
        """Put a text in the place of everything said so far."""
        self._texts, self.length = [text], len(text)
        self.tell({"event": "message_replace", "answer": text, "reason": "output_moderation"})

    def note(self, event: Event) -> None:
        """Take note of what an event says of costs, knowledge and files."""
        if isinstance(event, NodeRunFinished):
            self._note_usage(event)
            if event.node_type in _SPEAKING:
                self._note_files(event.result.outputs)
        elif isinstance(event, NodeRunRetrieverResource):
            self._resources.extend(event.retriever_resources)

    def _piece(self, text: str, selector: list[str] | None) -> WireEvent:
        self._last = self._clock()
        if self._first is None:
            self._first = self._last
        self._texts.append(text)
        self.length += len(text)
        return {"event": "message", "id": self._message_id, "answer": text, "from_variable_selector": selector}

    def _note_files(self, outputs: Mapping[str, Any]) -> None:
        for value in outputs.values():
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, File):
                    self._files.setdefault(item.related_id or item.remote_url or item.url, item)

    def _note_usage(self, event: NodeRunFinished) -> None:
        usage = event.result.process_data.get("usage") or event.result.outputs.get("usage")
        if isinstance(usage, Mapping) and usage.get("total_tokens"):
            self._usage = _sum(self._usage, usage)


def _sum(total: ModelUsage, more: Mapping[str, Any]) -> ModelUsage:
    changes: dict[str, Any] = {name: getattr(total, name) + int(more.get(name) or 0) for name in _COUNTS}
    for name in _SUMS:  # before the first prices there is nothing to add to, not a zero with a place after the point
        changes[name] = _decimal(more.get(name)) + (getattr(total, name) if total.total_tokens else 0)
    changes |= {name: _decimal(more.get(name)) for name in _UNITS}
    changes["currency"] = str(more.get("currency") or total.currency)
    changes["latency"] = total.latency + float(more.get("latency") or 0.0)
    return replace(total, **changes)


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
