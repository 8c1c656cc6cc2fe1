"""Text to plain values, by way of parser events: bounded in depth and size at every step, never recursive.

Unlike a common loader it refuses duplicate and non-text keys, objects of foreign tags and aliases that unfold without
end, and it can say where each value stands.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from .builder import Builder, Positions
from .errors import DslLimitError, DslSyntaxError, Problem
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text holds: its value, and what is wrong although it could be read."""

    value: Any
    problems: tuple[Problem, ...]


def read(text: str, limits: Limits) -> Reading:
    """Read one YAML document; raises `DslSyntaxError`, of which `DslLimitError` is a kind."""
    builder = Builder(limits)
    _feed(text, builder)
    return Reading(builder.value, tuple(builder.problems))


def read_positions(text: str, limits: Limits) -> Positions:
    """Where every value of a text stands that `read` has accepted; as slow as reading it again."""
    builder = Builder(limits, positions={})
    _feed(text, builder)
    return builder.positions or {}


def decode(data: bytes | str, limits: Limits) -> str:
    """The text of a file, of which an initial byte order mark is no part; raises `DslSyntaxError`."""
    size = len(data) if isinstance(data, bytes) else _size(data)
    if size > limits.max_bytes:
        message = f"the file has {size} bytes, more than {limits.max_bytes}"
        raise DslLimitError([Problem("too_large", message)])
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        problem = Problem("not_utf8", "the file is not UTF-8 text", line=before.count(b"\n") + 1, column=column)
        raise DslSyntaxError([problem], hint="save it in the encoding UTF-8") from None


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        problem = at("not_utf8", "half a surrogate pair is no character", text, error.start)
        raise DslSyntaxError([problem]) from None


def at(code: str, message: str, text: str, index: int) -> Problem:
    """A problem at a character of a text."""
    start = text.rfind("\n", 0, index) + 1
    return Problem(code, message, line=text.count("\n", 0, index) + 1, column=index - start + 1)


def _feed(text: str, builder: Builder) -> None:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)  # a PyYAML without libyaml lacks the fast one
        try:
            while (event := loader.get_event()) is not None:
                builder.take(event)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise DslSyntaxError([_marked(error)], hint=_hint(text, error)) from None
    except yaml.reader.ReaderError as error:
        problem = at("invalid_character", f"the character #x{_ordinal(error):04x} is not allowed", text, error.position)
        raise DslSyntaxError([problem]) from None


def _ordinal(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)


def _marked(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = ", ".join(part for part in (error.context, error.problem) if part) or "this is not YAML"
    if mark is None:
        return Problem("invalid_yaml", message)
    return Problem("invalid_yaml", message, line=mark.line + 1, column=mark.column + 1)


def _hint(text: str, error: yaml.MarkedYAMLError) -> str | None:
    mark = error.problem_mark
    lines = text.splitlines()
    if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "indent with spaces: YAML does not allow tabs there"
    return None
