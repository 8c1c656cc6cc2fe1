"""Prompts of the type `simple`: one text by the author, the rest laid out here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from dify_runtime_sdk.models import Message

from ..config import EasyConfig
from .texts import context_block, histories_block, transcript, with_files
from .variables import CONTEXT, HISTORIES, QUERY, filled, refers_to

if TYPE_CHECKING:
    from .building import PromptParts

STOP: Final = ("\nHuman:", "</histories>")
"""Where a completion model would begin to write the user's part."""


def simple_chat(config: EasyConfig, parts: "PromptParts") -> list[Message]:
    """System, history and question; a completion app has no question, its text takes the place."""
    text = config.settings.pre_prompt
    own = filled(text, {**parts.inputs, QUERY: parts.query, CONTEXT: parts.context or ""})
    introduction = own if refers_to(text, CONTEXT) else context_block(parts.context) + own
    if not parts.query:
        return [*parts.history, Message(role="user", content=with_files(introduction, parts.files))]
    question = Message(role="user", content=with_files(parts.query, parts.files))
    if not introduction:
        return [*parts.history, question]
    return [Message(role="system", content=introduction), *parts.history, question]


def simple_completion(config: EasyConfig, parts: "PromptParts") -> tuple[list[Message], Sequence[str]]:
    """One text: passages, the author's text, the conversation, the question."""
    text = config.settings.pre_prompt
    histories = transcript(parts.history)
    specials = {QUERY: parts.query, CONTEXT: parts.context or "", HISTORIES: histories}
    pieces = [] if refers_to(text, CONTEXT) else [context_block(parts.context)]
    pieces.append(filled(text, {**parts.inputs, **specials}))
    if not refers_to(text, HISTORIES):
        pieces.append(_apart(pieces, histories_block(histories)))
    is_chat = bool(parts.query)
    if is_chat and not refers_to(text, QUERY):
        pieces.append(_apart(pieces, f"Human: {parts.query}\n\nAssistant: "))
    message = Message(role="user", content=with_files("".join(pieces), parts.files))
    return [message], STOP if is_chat else ()


def _apart(before: Sequence[str], piece: str) -> str:
    """The piece, kept apart from what stands before it."""
    written = "".join(before)
    return f"\n\n{piece}" if piece and written and not written.endswith("\n\n") else piece
