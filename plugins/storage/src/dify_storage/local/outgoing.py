"""An object while it is read, in runs of chunks. Everything here blocks."""

import threading
from typing import BinaryIO, Final

from .tree import Tree

RUN: Final = 1 << 20
"""Bytes that are read per visit to a thread."""


class Outgoing:
    """A range of one object being read. `read` is called from one thread after the other, `close` from any."""

    def __init__(self, tree: Tree, key: str, start: int, length: int | None, chunk_size: int) -> None:
        self._tree = tree
        self._key = key
        self._start = start
        self._left = length
        self._chunk_size = chunk_size
        self._guard = threading.Lock()
        self._file: BinaryIO | None = None
        self._closed = False

    def read(self) -> list[bytes]:
        """The next chunks, none at the end; raises `OSError`, and `InvalidKeyError`."""
        try:
            with self._guard:
                return self._chunks()
        finally:
            if self._closed:
                self.close()

    def close(self) -> None:
        """Let go of the file: now, or when the read that is under way has ended. Never waits."""
        self._closed = True
        if self._guard.acquire(blocking=False):
            try:
                if self._file is not None:
                    self._file.close()
            finally:
                self._guard.release()

    def _chunks(self) -> list[bytes]:
        if self._closed:
            return []
        file = self._opened()
        chunks: list[bytes] = []
        for _ in range(max(1, RUN // self._chunk_size)):
            wanted = self._chunk_size if self._left is None else min(self._chunk_size, self._left)
            chunk = file.read(wanted)
            if not chunk:
                break
            chunks.append(chunk)
            if self._left is not None:
                self._left -= len(chunk)
        return chunks

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self._tree.open(self._key)
            self._file.seek(self._start)
        return self._file
