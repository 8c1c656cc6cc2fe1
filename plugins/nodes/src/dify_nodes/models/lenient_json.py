"""JSON as people and models write it: strict where it can be, repaired where it must."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_QUICK: Final = 1 << 16
"""Characters that are parsed on the event loop; more go to a thread."""
_SMALL: Final = 512
"""Characters that are repaired on the event loop: repairs cost microseconds each, a hundred times what parsing does."""
_LARGEST: Final = 1 << 19
"""Characters that are repaired at all."""
_DEEPEST: Final = 100
"""Levels that are repaired at all: every one that is left open costs a walk over the rest."""
_GROUPS: Final = 20
"""Pairs of braces that are tried."""
_TOKENS: Final = re.compile(r'\\.|["{}]', re.DOTALL)
_BRACKETS: Final = re.compile(r"[\[\]{}]")


class NoJsonError(ValueError):
    """There is no JSON in the text, or it cannot be read even with repairs."""


async def read_json(text: str) -> Any:
    """The JSON value of `text`, repaired if it is not quite JSON; raises `NoJsonError`."""
    if not text.strip():
        raise NoJsonError("there is no text")
    try:
        return await _aside(_parsed, text, at_once=_QUICK)
    except ValueError:
        if len(text) > _LARGEST or _depth(text) > _DEEPEST:
            raise NoJsonError("it is broken, and too large or too deep to be repaired") from None
    return await _aside(_repaired, text, at_once=_SMALL)


async def _aside(work: Callable[[str], Any], text: str, *, at_once: int) -> Any:
    """Do the work here for up to `at_once` characters, in a thread for more."""
    return work(text) if len(text) <= at_once else await asyncio.to_thread(work, text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _repaired(text: str) -> Any:
    import json_repair  # only broken JSON needs it

    try:
        value: Any = json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError) as error:
        raise NoJsonError("it cannot be repaired") from error
    if value in ("", [], None):
        raise NoJsonError("there is no JSON in the text")
    return value


def _depth(text: str) -> int:
    """How deep brackets nest, wherever they stand."""
    deepest = depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth = depth + 1 if bracket.group() in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


async def find_object(text: str) -> dict[str, Any] | None:
    """The JSON object in a text that may say other things around it, bare or in a code fence; None without one.

    The first braces that hold proper JSON are preferred, then the first ones that can be repaired.
    """
    groups = list(_braced(text))[:_GROUPS]
    for group in groups:
        try:
            value = _parsed(group)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    for group in groups:
        try:
            value = await read_json(group)
        except NoJsonError:
            continue
        if isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict)), None)
        if isinstance(value, dict) and value:
            return value
    return None


def _braced(text: str) -> Iterator[str]:
    """The outermost pairs of braces, and what follows a brace without a partner; those in JSON texts do not count."""
    depth, start, quoted = 0, 0, False
    for token in _TOKENS.finditer(text):
        mark = token.group()
        if mark == '"':
            quoted = not quoted and depth > 0
        elif quoted or mark.startswith("\\"):
            continue
        elif mark == "{":
            start = start if depth else token.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield text[start : token.end()]
    if depth:
        yield text[start:]
