"""Tables: CSV files and workbooks, as Markdown."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from .archive import opened
from .encoding import decode

_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 8192


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """The rows as a table, the first one its header; empty rows are left out, short ones filled up."""
    filled = [[_cell(value) for value in row] for row in rows if any(value.strip() for value in row)]
    if not filled:
        return ""
    width = max(map(len, filled))
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in filled]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _cell(value: str) -> str:
    return " ".join(value.split()).replace("|", "\\|")


def read_csv(content: bytes, _extension: str) -> str:
    """The file as one table; the delimiter is found out."""
    text = decode(content)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # the whole process's: it only grows
    try:
        return markdown_table(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _delimiter(text: str) -> str:
    """The character that parts the first lines most often in the same way; a comma where none does."""
    lines = [line for line in text[:_SAMPLE].splitlines()[:20] if line.strip()]
    counts = {one: [line.count(one) for line in lines] for one in _DELIMITERS}
    return max(_DELIMITERS, key=lambda one: (min(counts[one], default=0), sum(counts[one])))


def read_workbook(content: bytes, _extension: str) -> str:
    """A table per sheet; with several sheets, each under its name."""
    from python_calamine import CalamineError, CalamineWorkbook

    if not content:
        raise ValueError("it is empty")
    if content.startswith(b"PK"):
        opened(content).close()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(name, workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names]
    except CalamineError as error:
        raise ValueError(str(error)) from None
    tables = [(name, markdown_table([_shown(value) for value in row] for row in rows)) for name, rows in sheets]
    tables = [(name, table) for name, table in tables if table]
    if len(tables) == 1:
        return tables[0][1]
    return "\n\n".join(f"## {name}\n\n{table}" for name, table in tables)


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value) if isinstance(value, timedelta) or value is not None else ""
