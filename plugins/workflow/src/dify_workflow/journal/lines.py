"""The file below a journal: opened for one process, repaired, written and read. Blocking: call it in a thread."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from ..errors import JournalError

_BATCH: Final = 1 << 20
"""Bytes that are read at a time, and then up to the end of the line."""


class OpenFile:
    """An append-only file of lines that this process has for itself, by a lock file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock", blocking=False, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise JournalError(f"the journal {path} is in use", hint="one run at a time writes a journal") from None
        except OSError as error:
            raise JournalError(f"the journal {path} cannot be locked: {error}") from error
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            _drop_torn_line(self._handle)
        except OSError as error:
            self._lock.release()
            raise JournalError(f"the journal {path} cannot be opened: {error}") from error

    def write(self, lines: Sequence[str]) -> None:
        """Append lines, and return when they are on the disk."""
        data = memoryview(("\n".join(lines) + "\n").encode())
        while data:
            data = data[os.write(self._handle, data) :]
        os.fsync(self._handle)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)
        self._lock.release()


def _drop_torn_line(handle: int) -> None:
    """Cut off what stands after the last line end."""
    end = os.lseek(handle, 0, os.SEEK_END)
    keep = end
    while keep:
        start = max(0, keep - 65536)
        os.lseek(handle, start, os.SEEK_SET)
        at = os.read(handle, keep - start).rfind(b"\n")
        if at >= 0:
            keep = start + at + 1
            break
        keep = start
    if keep != end:
        os.ftruncate(handle, keep)


def read_lines(path: Path, offset: int, number: int) -> tuple[list[dict[str, Any]], int]:
    """Some entries from byte `offset` on, where line `number` begins, and the offset of the next; none at the end."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(_BATCH)
        if data and not data.endswith(b"\n"):
            data += file.readline()
    complete = data[: data.rfind(b"\n") + 1]
    entries = [_entry(path, line, number + at) for at, line in enumerate(complete.splitlines())]
    return entries, offset + len(complete)


def _entry(path: Path, line: bytes, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        raise JournalError(f"line {number} of the journal {path} is no entry", hint="the file was changed or damaged")
    return entry
