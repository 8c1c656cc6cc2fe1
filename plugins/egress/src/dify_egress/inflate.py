"""Decoding of `Content-Encoding` in small steps, so that a few bytes cannot become all of the memory."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any, Final

ACCEPTED: Final = "gzip, deflate"
"""The header `Accept-Encoding`: what can be decoded in bounded steps with the standard library."""

_STEP: Final = 1 << 16
"""Bytes of output per step."""
_MOST_CODINGS: Final = 3
"""Encodings on top of each other; an honest server uses one."""
_GZIP: Final = zlib.MAX_WBITS | 16
_MEMBER: Final = b"\x1f"
_HEADER: Final = 2
"""Bytes that tell whether deflate has its frame."""


class UndecodableError(ValueError):
    """The bytes are not what the encoding says."""


def codings_of(header: str) -> list[str]:
    """The encodings to undo, the last one first; none if one of them is not known: then the body stays as it is.

    Raises `UndecodableError` when there are too many.
    """
    names = [name for part in header.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise UndecodableError("it is encoded too many times over")
    known = all(name in ("gzip", "x-gzip", "deflate") for name in names)
    return names[::-1] if known else []


class Inflater:
    """Undoes one encoding, piece by piece."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding != "deflate"
        self._engine: Any = zlib.decompressobj(_GZIP) if self._gzip else None
        self._head = b""
        """The beginning of the data: that of deflate tells what it is."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` unpacks to, in pieces of limited size; raises `UndecodableError`."""
        if len(self._head) < _HEADER:
            self._head += data
        if self._engine is None:
            if len(self._head) < _HEADER:
                return
            data = self._head
            self._engine = zlib.decompressobj(zlib.MAX_WBITS if _is_framed(data) else -zlib.MAX_WBITS)
        piece = b""
        while data or len(piece) == _STEP:
            if self._engine.eof and not self._next_member(data):
                return
            piece = self._step(data)
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        """Check the end of the data; raises `UndecodableError` if something is missing."""
        if self._head and not (self._engine and self._engine.eof):
            raise UndecodableError("it is cut off")

    def _next_member(self, data: bytes) -> bool:
        """Whether another gzip member follows; whatever else does is ignored, as everybody does."""
        if not self._gzip or not data.startswith(_MEMBER):
            return False
        self._engine = zlib.decompressobj(_GZIP)
        return True

    def _step(self, data: bytes) -> bytes:
        try:
            return bytes(self._engine.decompress(data, _STEP))
        except zlib.error:
            raise UndecodableError("it is damaged") from None


def _is_framed(data: bytes) -> bool:
    """Whether deflate came in its frame, as it should; many servers leave that out."""
    return data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:_HEADER]) % 31 == 0


async def inflate(chunks: AsyncGenerator[bytes], coding: str, check: Callable[[int], None]) -> AsyncGenerator[bytes]:
    """Undo one encoding of a stream. `check` is given the size so far, and raises when it is too much."""
    inflater, size = Inflater(coding), 0
    async with aclosing(chunks):
        async for chunk in chunks:
            for number, piece in enumerate(inflater.feed(chunk)):
                if number:
                    await asyncio.sleep(0)  # a chunk that unpacks to many pieces must not hold up the event loop
                size += len(piece)
                check(size)
                yield piece
    inflater.finish()
