"""How many tokens a text has, roughly: from its characters, with no table at hand."""

import re
from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.models import FilePart, Message

PER_MESSAGE: Final = 4
"""Tokens around each message of a chat."""
PER_FILE: Final = 85
"""Tokens of a picture at low resolution; what others cost is the vendor's secret."""

_PIECES: Final = re.compile(r"[A-Za-z]+|[0-9]+|\s+|[^\sA-Za-z0-9]")
_LETTERS_PER_TOKEN: Final = 6
_DIGITS_PER_TOKEN: Final = 3


def estimate(text: str) -> int:
    """About how many tokens the text has: a word or three digits or a sign or an ideogram is one."""
    count = 0
    for piece in _PIECES.findall(text):
        first = piece[0]
        if first.isspace():
            count += piece.count("\n")
        elif first.isascii() and first.isalpha():
            count += -(-len(piece) // _LETTERS_PER_TOKEN)
        elif first.isascii() and first.isdigit():
            count += -(-len(piece) // _DIGITS_PER_TOKEN)
        else:
            count += 1
    return count


def texts_of(messages: Sequence[Message]) -> list[str]:
    """All texts of a prompt that the model reads, those of tool calls included."""
    texts: list[str] = []
    for message in messages:
        content = [message.content] if isinstance(message.content, str) else message.content
        texts.extend(part for part in content if isinstance(part, str))
        for call in message.tool_calls:
            texts += (call.name, call.arguments)
    return texts


def overhead(messages: Sequence[Message]) -> int:
    """Tokens of a prompt that are in no text: what is around messages, and files."""
    files = sum(
        isinstance(part, FilePart)
        for message in messages
        if not isinstance(message.content, str)
        for part in message.content
    )
    return PER_MESSAGE * len(messages) + PER_FILE * files
