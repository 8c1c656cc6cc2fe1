"""The words that prompts are held together by."""

from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.models import Content, FilePart, Message

_CONTEXT: Final = (
    "Passages that may help to answer stand between <context> and </context>. Rely on them where they fit, and say "
    "that you do not know where neither they nor your own knowledge hold the answer. Do not mention that you were "
    "given passages.\n\n<context>\n{context}\n</context>\n\n"
)
_HISTORIES: Final = (
    "The conversation so far stands between <histories> and </histories>.\n\n<histories>\n{histories}\n</histories>\n\n"
)


def context_block(context: str | None) -> str:
    """The passages that were found, introduced; empty without any."""
    return _CONTEXT.format(context=context) if context else ""


def histories_block(histories: str) -> str:
    """The earlier turns, introduced; empty before the second turn."""
    return _HISTORIES.format(histories=histories) if histories else ""


def transcript(history: Sequence[Message], user: str = "Human", assistant: str = "Assistant") -> str:
    """The earlier turns as one text."""
    names = {"user": user, "assistant": assistant}
    return "\n".join(f"{names[one.role]}: {text_of(one.content)}" for one in history if one.role in names)


def text_of(content: Content) -> str:
    """The texts of a message's content."""
    if isinstance(content, str):
        return content
    return "\n".join(part for part in content if isinstance(part, str))


def with_files(text: str, files: Sequence[FilePart]) -> Content:
    """The content of a message with files before the text."""
    if not files:
        return text
    return [*files, text] if text else list(files)
