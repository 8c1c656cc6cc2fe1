"""Reasoning inside answers: text between `<think>` and `</think>`."""

import re
from typing import Final

_OPENING: Final = re.compile(r"<think(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_CLOSING: Final = re.compile(r"</think>", re.IGNORECASE)


def separate(text: str) -> tuple[str, str]:
    """The answer without its reasoning, and the reasoning; one that is not closed counts as answer."""
    answer: list[str] = []
    thoughts: list[str] = []
    at = 0
    while opening := _OPENING.search(text, at):
        closing = _CLOSING.search(text, opening.end())
        if closing is None:
            break
        answer.append(text[at : opening.start()])
        thoughts.append(text[opening.end() : closing.start()].strip())
        at = closing.end()
    if not thoughts:
        return text, ""
    answer.append(text[at:])
    return "".join(answer).strip(), "\n".join(thoughts).strip()
