"""The tables on the pages."""

import re
from collections.abc import Iterator

from .pages import DOCS


def rows(page: str, heading: str | None = None) -> Iterator[list[str]]:
    """The cells of every table row on a reference page, or below one of its headings; headings of tables left out."""
    text = (DOCS / page).read_text(encoding="utf-8")
    if heading is not None:
        text = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and re.fullmatch(r"\|[-| ]+\|", lines[number + 1])
        if line.startswith("| ") and not is_head and not re.fullmatch(r"\|[-| ]+\|", line):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
