"""An object while it is written: out of sight, locked by its writer, renamed when whole. Everything here blocks."""

import hashlib
import os
import platform
import secrets
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .locks import Lock, is_linked, lock
from .tree import Tree, make_parents, sync_directory


class Incoming:
    """One object being written. Methods may be called from any thread; each waits for the one before."""

    def __init__(self, tree: Tree, key: str) -> None:
        self._tree = tree
        self._key = key
        self._guard = threading.Lock()
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._ended = False
        self._runs: deque[Iterable[bytes]] = deque()

    def put(self, run: Iterable[bytes]) -> None:
        """Have the next `write` append this. Does not block."""
        self._runs.append(run)

    def write(self) -> None:
        """Append what was put, in its order whichever thread comes first; raises `OSError`, and `InvalidKeyError`."""
        with self._guard:
            file, _ = self._opened()
            while self._runs:
                for chunk in self._runs.popleft():
                    file.write(chunk)

    def commit(self) -> None:
        """Make the object visible, whole and durable, in place of a former one; raises as `write` does."""
        with self._guard:
            file, path = self._opened()
            target = self._tree.locate(self._key)
            file.flush()
            os.fsync(file.fileno())
            make_parents(target)
            path.replace(target)
            self._ended = True
            file.close()
            sync_directory(target.parent)

    def abort(self) -> None:
        """Forget what was written, unless it is visible already; never raises."""
        with self._guard:
            if self._file is not None and self._path is not None and not self._ended:
                with suppress(OSError):  # what is still to be written may not fit
                    self._file.close()
                with suppress(OSError):
                    self._path.unlink()
            self._ended = True

    def _opened(self) -> tuple[BinaryIO, Path]:
        if self._ended:
            raise ValueError("this object is written, or given up")
        if self._file is None or self._path is None:
            self._tree.locate(self._key)
            self._file, self._path = _create(self._tree.incoming)
        return self._file, self._path


def _create(directory: Path) -> tuple[BinaryIO, Path]:
    """A new file that no sweep takes for a leftover."""
    while True:
        path = directory / f"{secrets.token_hex(8)}.{machine()}"
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb")
        if lock(file.fileno()) is not Lock.HELD and is_linked(file.fileno()):
            return file, path
        file.close()  # a sweep came between the two lines above, and removes it


def machine() -> str:
    """What tells the writers of this machine from those of others that share the directory."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:12]
