"""Small pieces of Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_CODE: Final = re.compile(r"(`[^`]*`)")
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")


def code(text: str) -> str:
    """Inline code; a text with backticks gets longer fences."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, followed by an empty one."""
    yield _row(headings)
    yield _row(["---"] * len(headings))
    yield from map(_row, rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    """One line, with no bar that ends the cell and, outside code, nothing that would be an HTML tag."""
    parts = _CODE.split(" ".join(text.replace("|", "\\|").split()))
    return "".join(part if part.startswith("`") else _TAG.sub("&lt;", part) for part in parts)
