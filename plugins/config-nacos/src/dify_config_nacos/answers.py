"""What the server answers, checked: a malformed answer must not become settings."""

import json
from dataclasses import dataclass, field

from .properties import parse_properties

_DEFAULT_TTL = 18000
_COMMENT = ("#", "!")


class MalformedAnswer(ValueError):
    """The answer is not what the protocol says; the text says what is wrong and quotes no value."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a login is answered with."""

    value: str = field(repr=False)
    seconds: float
    """How long it is valid."""


def parse_settings(body: bytes) -> dict[str, str]:
    """Read the text of a configuration; raises `MalformedAnswer` if it can be no properties text.

    The format takes nearly any text, so pages and messages of whoever else may answer are refused by their looks.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedAnswer("answers something that is not UTF-8 text") from None  # the cause quotes the body
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if not lines:
        raise MalformedAnswer("answers an empty configuration")
    if lines[0].startswith(("<", "{")):
        raise MalformedAnswer("answers a page or a JSON document, not lines of NAME=value")
    settings = parse_properties(text)
    if not settings and not all(line.startswith(_COMMENT) for line in lines):
        raise MalformedAnswer("answers text without a single line of NAME=value")
    return settings


def parse_token(body: bytes) -> Token:
    """Read the answer to a login; raises `MalformedAnswer`."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):  # deep nesting is malformed too
        raise MalformedAnswer("answers something that is not JSON") from None  # the cause quotes the body
    match answer:
        case {"accessToken": str(value), "tokenTtl": int(seconds)} if value and not isinstance(seconds, bool):
            return Token(value, seconds)
        case {"accessToken": str(value), **rest} if value and "tokenTtl" not in rest:
            return Token(value, _DEFAULT_TTL)
    raise MalformedAnswer("answers JSON without a usable 'accessToken' and 'tokenTtl'")
