"""One way to print: JSON for programs, aligned columns for people. Results go to stdout, all else to stderr."""

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import click

_GAP: Final = "  "
_NARROW: Final = 80
"""Columns that every terminal is taken to have."""

json_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON."
)
"""The flag that every listing has."""


def print_json(value: Any) -> None:
    """Print one JSON document; what JSON does not know (paths, dates) is printed as text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(headings: Sequence[str] | None, rows: Iterable[Sequence[Any]]) -> None:
    """Print aligned columns; the last one is wrapped to the width of the terminal."""
    for line in table_lines(headings, rows, width()):
        click.echo(line)


def table_lines(headings: Sequence[str] | None, rows: Iterable[Sequence[Any]], columns: int) -> list[str]:
    """The lines of a table that is to fit into `columns`; None and empty cells are shown as `-`."""
    cells = [[*headings]] if headings else []
    cells.extend([_cell(value) for value in row] for row in rows)
    if not cells:
        return []
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]) - 1)]
    indent = sum(widths) + len(_GAP) * len(widths)
    room = max(columns - indent, _NARROW // 4)
    return [line for row in cells for line in _row_lines(row, widths, indent, room)]


def _row_lines(row: Sequence[str], widths: Sequence[int], indent: int, room: int) -> list[str]:
    left = "".join(cell.ljust(size) + _GAP for cell, size in zip(row, widths, strict=False))
    first, *rest = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
    return [(left + first).rstrip(), *(" " * indent + line for line in rest)]


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    return str(value)


def print_paragraph(text: str, *, indent: int = 0, err: bool = False) -> None:
    """Print text wrapped to the width of the terminal, its own line ends kept; lines after the first are indented."""
    for line in text.splitlines():
        wrapped = textwrap.wrap(
            line, width(), subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=False
        )
        click.echo("\n".join(wrapped), err=err)


def width() -> int:
    """Columns to fit into: those of the terminal, and never fewer than 80."""
    return max(_NARROW, shutil.get_terminal_size((100, 24)).columns)
