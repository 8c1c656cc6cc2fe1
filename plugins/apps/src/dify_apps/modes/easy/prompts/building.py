"""Prompts from a configuration and a turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dify_runtime_sdk.models import FilePart, Message

from ..config import EasyConfig
from .advanced import advanced_chat, advanced_completion
from .simple import simple_chat, simple_completion
from .texts import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptParts:
    """What a turn brings into its prompt. `context` are the passages found, `history` the earlier turns."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    context: str | None = None
    history: Sequence[Message] = ()
    files: Sequence[FilePart] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages for the model, and the stop words that their layout asks for."""

    messages: Sequence[Message]
    stop: Sequence[str] = ()


def build(config: EasyConfig, mode: Literal["chat", "completion"], parts: PromptParts) -> Prompt:
    """The prompt of a turn, for a model of the mode."""
    advanced = config.settings.prompt_type == "advanced"
    if mode == "chat":
        return Prompt(advanced_chat(config, parts) if advanced else simple_chat(config, parts))
    if advanced:
        return Prompt(advanced_completion(config, parts))
    return Prompt(*simple_completion(config, parts))


def shown_prompt(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The prompt as the row of a message keeps it."""
    return [
        {"role": message.role, "text": text_of(message.content), "files": _shown_files(message)} for message in messages
    ]


def _shown_files(message: Message) -> list[dict[str, Any]]:
    if isinstance(message.content, str):
        return []
    files = [part for part in message.content if isinstance(part, FilePart)]
    return [
        {"type": part.file.type.value, "data": part.file.url or part.file.remote_url or "", "detail": part.detail}
        for part in files
    ]
