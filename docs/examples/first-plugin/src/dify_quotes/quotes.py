"""The service `Quotes`."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from dify_runtime_sdk import DifyRuntimeError

BUILT_IN: Final = (
    "Well begun is half done.",
    "Many hands make light work.",
    "Still waters run deep.",
)


class QuotesError(DifyRuntimeError):
    """There is nothing to quote; the message names the file."""

    code = "no_quotes"


class Quotes:
    """The quotations of one runtime, read anew each time, so that the file can be edited while the server runs."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def of(self, day: date) -> str:
        """The quotation of `day`, the same one all day long; raises `QuotesError`."""
        lines = await self._lines()
        return lines[day.toordinal() % len(lines)]

    async def check(self) -> None:
        """Raise `QuotesError` unless there is something to quote."""
        await self._lines()

    async def _lines(self) -> Sequence[str]:
        if self._file is None:
            return BUILT_IN
        hint = "set QUOTES_FILE to a UTF-8 text file with one quotation per line, or unset it"
        try:
            text = await asyncio.to_thread(self._file.read_text, encoding="utf-8")  # disks block
        except (OSError, UnicodeDecodeError) as error:
            raise QuotesError(f"plugin 'quotes' cannot read {self._file}", hint=hint) from error
        lines = [line for line in map(str.strip, text.splitlines()) if line]
        if not lines:
            raise QuotesError(f"plugin 'quotes' finds no line in {self._file}", hint=hint)
        return lines
