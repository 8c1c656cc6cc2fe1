"""A journal in a file: JSON lines, written and synchronised in groups, off the event loop."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from dify_runtime_sdk.workflow import JournalEntry

from ..errors import JournalError
from .lines import OpenFile, read_lines

_DELAY: Final = 0.01
"""Seconds that appended entries may wait for others before they are written."""


class FileJournal:
    """Entries of one run, one JSON line each; made by `open`, which takes the file for this process alone.

    A line that a crash cut off is dropped when the file is opened. What was appended is written within moments and
    certainly after `flush` or `close`; when writing fails, every later call says so.
    """

    def __init__(self, path: Path, file: OpenFile) -> None:
        self._path = path
        self._file = file
        self._lines: list[str] = []
        self._encode = json.JSONEncoder(separators=(",", ":")).encode
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._error: JournalError | None = None

    @classmethod
    async def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open or begin the journal at `path`.

        Raises `JournalError` when another process or journal has it, or it cannot be opened.
        """
        place = Path(path)
        return cls(place, await asyncio.to_thread(OpenFile, place))

    def append(self, entry: JournalEntry) -> None:
        """See `Journal.append`."""
        if self._error is not None:
            raise self._error
        try:
            line = self._encode(entry)
        except (TypeError, ValueError, RecursionError) as error:
            raise JournalError(f"an entry for the journal {self._path} is no JSON: {error}") from error
        self._lines.append(line)
        if self._timer is None and self._writing is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY, self._start)

    async def flush(self) -> None:
        """See `Journal.flush`."""
        while self._lines or self._writing is not None:
            if self._writing is None:
                self._start()
            if self._writing is not None:
                await asyncio.shield(self._writing)
        if self._error is not None:
            raise self._error

    async def read(self) -> AsyncIterator[JournalEntry]:
        """See `Journal.read`. Raises `JournalError` naming the first line that is not an entry."""
        await self.flush()
        at = 0
        number = 1
        while True:
            entries, at = await asyncio.to_thread(read_lines, self._path, at, number)
            if not entries:
                return
            for entry in entries:
                yield entry
            number += len(entries)

    async def close(self) -> None:
        """Write what is left and let go of the file; raises what kept it from being written."""
        try:
            await self.flush()
        finally:
            await asyncio.to_thread(self._file.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None and self._lines:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._lines and self._error is None:
                lines, self._lines = self._lines, []
                await asyncio.to_thread(self._file.write, lines)
        except OSError as error:
            self._error = JournalError(f"the journal {self._path} cannot be written: {error}")
            self._lines = []
        finally:
            self._writing = None
