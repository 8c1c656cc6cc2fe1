"""Small pieces of Markdown."""

from collections.abc import Iterable, Iterator, Sequence


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
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
