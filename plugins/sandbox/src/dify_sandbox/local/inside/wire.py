"""What goes over a seat's channel: one request in, one answer out, then the end.

A request is its length in eight bytes, big-endian, and then JSON: {"source": ..., "inputs": {...}}. The answer is one
letter and what belongs to it, up to the end of the stream.
"""

import os
from typing import Final

CHANNEL: Final = 3
"""The file descriptor of the channel inside a seat."""
RESULT, FAILED, NO_MEMORY, UNSAFE, READY = b"R", b"E", b"M", b"X", b"+"
"""JSON of what `main` returned; why there is nothing; memory ran out; isolation failed; isolated, and waiting."""
LENGTH: Final = 8
LONGEST_REASON: Final = 8000
"""Characters of an explanation."""


def read_exactly(size: int) -> bytes:
    """The next bytes of the channel; raises `EOFError` when it ends before."""
    found = bytearray()
    while len(found) < size:
        chunk = os.read(CHANNEL, min(size - len(found), 1 << 20))
        if not chunk:
            raise EOFError
        found += chunk
    return bytes(found)


def write_all(data: bytes) -> None:
    """Send everything."""
    view = memoryview(data)
    while view:
        view = view[os.write(CHANNEL, view) :]
