"""An object while it is read, in runs of chunks. Everything here blocks, but for what is taken from memory."""

import os
import threading
from collections import deque
from io import BytesIO
from typing import BinaryIO, Final

from .tree import Tree

RUN: Final = 2 << 20
"""Bytes that are read per visit to a thread."""
_NOWAIT: Final = getattr(os, "RWF_NOWAIT", None)
"""Says to read what the system has in memory, and to wait for no disk; Linux has it."""
_AT_ONCE: Final = 1 << 20
"""Bytes that are copied at most outside of a thread."""


class Outgoing:
    """A range of one object being read. `read` and `close` may be called from any thread."""

    def __init__(self, tree: Tree, key: str, start: int, length: int | None, chunk_size: int) -> None:
        self._tree = tree
        self._key = key
        self._at = start
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

    def cached(self) -> bytes | None:
        """The next chunk from the system's memory, empty at the end; None where it has to be read. Never waits.

        Call it while no `read` is under way, after the first one.
        """
        wanted = self._wanted()
        if _NOWAIT is None or self._file is None or wanted > _AT_ONCE:
            return None
        if not wanted:
            self.ended = True
            return b""
        buffer = BytesIO()  # what is read into it is its value, without another copy
        buffer.seek(wanted - 1)
        buffer.write(b"\0")
        with buffer.getbuffer() as view:
            try:
                size = os.preadv(self._file.fileno(), (view,), self._at, _NOWAIT)
            except OSError:  # it is not in memory, or this file system does not tell, or it fails: `read` says which
                return None
        buffer.truncate(size)
        self._advance(size)
        return buffer.getvalue()

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
        if self._file is None:
            self._file = self._tree.open(self._key)
        self._file.seek(self._at)
        chunks: list[bytes] = []
        for _ in range(max(1, RUN // self._chunk_size)):
            wanted = self._wanted()
            chunk = self._file.read(wanted) if wanted else b""
            if not self._advance(len(chunk)):
                break
            chunks.append(chunk)
        return chunks

    def _wanted(self) -> int:
        return self._chunk_size if self._left is None else min(self._chunk_size, self._left)

    def _advance(self, size: int) -> bool:
        """Note what was read; whether it was anything."""
        self.ended = not size
        self._at += size
        if self._left is not None:
            self._left -= size
        return size > 0
