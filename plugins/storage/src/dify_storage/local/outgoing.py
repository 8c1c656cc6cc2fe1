"""An object while it is read, in runs of chunks. Everything here blocks."""

import threading
from collections import deque
from typing import BinaryIO, Final

from .tree import Tree

RUN: Final = 2 << 20
"""Bytes that are read per visit to a thread."""


class Outgoing:
    """A range of one object being read. `read` and `close` may be called from any thread."""

    def __init__(self, tree: Tree, key: str, start: int, length: int | None, chunk_size: int) -> None:
        self._tree = tree
        self._key = key
        self._start = start
        self._left = length
        self._chunk_size = chunk_size
        self._guard = threading.Lock()
        self._file: BinaryIO | None = None
        self._closed = False
        self._runs: deque[list[bytes]] = deque()
        self.ended = False
        """Whether the end has been read."""

    def read(self) -> None:
        """Read one run, for `take`; raises `OSError`, and `InvalidKeyError`."""
        try:
            with self._guard:
                self._runs.append(self._chunks())  # in the order of the file, whichever thread was first
        finally:
            if self._closed:
                self.close()

    def take(self) -> list[bytes]:
        """The next chunks; call it once for every `read` that has returned."""
        return self._runs.popleft()

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
        if self._closed or self.ended:
            return []
        file = self._opened()
        chunks: list[bytes] = []
        for _ in range(max(1, RUN // self._chunk_size)):
            wanted = self._chunk_size if self._left is None else min(self._chunk_size, self._left)
            chunk = file.read(wanted) if wanted else b""
            if not chunk:
                self.ended = True
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
