"""Server-sent events, parsed as they arrive: bytes in, events out.

The parser is tolerant of what servers send (any line ending, comments, several `data` lines, no blank line at the end)
and strict about size: a line or an event over the limit is an error before it fills the memory.
"""

from typing import Final, NamedTuple

from .errors import DifyRuntimeError

DEFAULT_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one event: enough for a generated picture in Base64."""

_BOM: Final = b"\xef\xbb\xbf"


class SseError(DifyRuntimeError):
    """A stream of events is not one; says why, never what was in it."""

    code = "sse_error"


class ServerSentEvent(NamedTuple):
    """One event: its name (`message` when the server gives none) and its data, lines joined by newlines."""

    name: str
    data: bytes


class SseParser:
    """Cuts a stream of bytes into events. One per stream; not for concurrent use."""

    def __init__(self, *, limit: int = DEFAULT_LIMIT) -> None:
        """`limit` bounds the bytes of one event."""
        self._limit = limit
        self._open: list[bytes] = []
        self._open_size = 0
        self._after_cr = False
        self._started = False
        self._name = ""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that `piece` completes; raises `SseError` over the limit."""
        if not piece:
            return []
        if b"\r" in piece or self._after_cr:
            piece = self._newlines(piece)
        if b"\n" not in piece:
            self._keep(piece)
            return []
        first, *lines = piece.split(b"\n")
        if self._open:
            self._keep(first)
            first = b"".join(self._open)
            self._open, self._open_size = [], 0
        lines.insert(0, first)
        rest = lines.pop()
        if rest:
            self._keep(rest)
        return self._events(lines)

    def close(self) -> list[ServerSentEvent]:
        """The event that the end of the stream completes, if one was begun."""
        lines = [b"".join(self._open)] if self._open else []
        self._open, self._open_size = [], 0
        return self._events([*lines, b""])

    def _newlines(self, piece: bytes) -> bytes:
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
        self._after_cr = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, part: bytes) -> None:
        self._open_size += len(part)
        if self._open_size > self._limit:
            raise SseError(f"an event of the stream has more than {self._limit} bytes")
        self._open.append(part)

    def _events(self, lines: list[bytes]) -> list[ServerSentEvent]:
        if not self._started and lines:
            self._started = True
            lines[0] = lines[0].removeprefix(_BOM)
        events = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(ServerSentEvent(self._name or "message", b"\n".join(self._data)))
                self._name, self._data, self._data_size = "", [], 0
            else:
                self._name = ""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data_size += len(value) + 1
            if self._data_size > self._limit:
                raise SseError(f"an event of the stream has more than {self._limit} bytes")
            self._data.append(value)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")
