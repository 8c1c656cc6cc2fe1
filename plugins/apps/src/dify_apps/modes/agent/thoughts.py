"""The steps of an agent: what it thought, which tools it called, what they said; a row and an event each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from dify_database import utc_now, uuid4_text
from dify_runtime_sdk.models import Message, ModelUsage
from dify_runtime_sdk.workflow import to_json

from ...api import Caller, WireEvent, Write
from ...tables.messages import MESSAGE_AGENT_THOUGHTS
from ..easy.prompts import shown_prompt


@dataclass(slots=True, kw_only=True)
class Thought:
    """One round; `position` counts from 1 within the message."""

    message_id: str
    position: int
    id: str = field(default_factory=uuid4_text)
    created_at: Any = field(default_factory=utc_now)
    prompt: Sequence[Message] = ()
    thought: str = ""
    answer: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    """The tools called, with what they were given."""
    observations: dict[str, str] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    usage: ModelUsage = field(default_factory=ModelUsage)

    @property
    def tool(self) -> str:
        """The names of the tools called."""
        return ";".join(name for name, _ in self.calls)

    @property
    def tool_input(self) -> str:
        """What they were given, by name."""
        return json.dumps(to_json(dict(self.calls)), ensure_ascii=False) if self.calls else ""

    @property
    def observation(self) -> str:
        """What they said, by name."""
        return json.dumps(self.observations, ensure_ascii=False) if self.observations else ""

    @property
    def tool_labels(self) -> dict[str, Any]:
        """What the tools are called in each language."""
        return {name: self.labels.get(name, {"en_US": name, "zh_Hans": name}) for name, _ in self.calls}

    def event(self) -> WireEvent:
        """The event that shows the round as it is now."""
        return {
            "event": "agent_thought",
            "id": self.id,
            "position": self.position,
            "thought": self.thought,
            "observation": self.observation,
            "tool": self.tool,
            "tool_labels": self.tool_labels,
            "tool_input": self.tool_input,
            "message_files": list(self.files),
        }

    def write(self, caller: Caller) -> Write:
        """The row of the round."""
        usage = self.usage
        values = {
            "id": self.id,
            "message_id": self.message_id,
            "position": self.position,
            "created_by_role": caller.role,
            "created_by": caller.id,
            "thought": self.thought,
            "tool": self.tool,
            "tool_labels_str": json.dumps(self.tool_labels, ensure_ascii=False),
            "tool_meta_str": "{}",
            "tool_input": self.tool_input,
            "observation": self.observation,
            "message": json.dumps(shown_prompt(self.prompt), ensure_ascii=False),
            "message_token": usage.prompt_tokens,
            "message_unit_price": usage.prompt_unit_price,
            "message_price_unit": usage.prompt_price_unit,
            "message_files": json.dumps(self.files),
            "answer": self.answer,
            "answer_token": usage.completion_tokens,
            "answer_unit_price": usage.completion_unit_price,
            "answer_price_unit": usage.completion_price_unit,
            "tokens": usage.total_tokens,
            "total_price": usage.total_price,
            "currency": usage.currency,
            "latency": usage.latency,
            "created_at": self.created_at,
        }
        return insert(MESSAGE_AGENT_THOUGHTS), [values]
