"""Bodies for the log: JSON only, bounded, without secrets."""

from collections.abc import Iterable
from typing import Final

from ..log.redaction import redact

MAX_BYTES: Final = 8 * 1024
"""As much of a body as is kept."""


def shows_json(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a message with these headers has a body of readable JSON."""
    kind = b""
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-encoding":
            return False
        if lowered == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
    return kind == b"application/json" or kind.endswith(b"+json")


class BodySample:
    """The beginning of a body that passes by; nothing is kept of one that is not JSON."""

    def __init__(self) -> None:
        self.wanted = False
        self._kept = bytearray()
        self._total = 0

    def expect(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the headers in front of the body."""
        self.wanted = shows_json(headers)

    def add(self, piece: bytes) -> None:
        """Take one piece of the body."""
        self._total += len(piece)
        room = MAX_BYTES - len(self._kept)
        if self.wanted and room > 0:
            self._kept += piece[:room]

    def text(self) -> str | None:
        """The sample on one line with secrets masked, and how much is missing; None if there is nothing to show."""
        if not self._kept:
            return None
        shown = redact(" ".join(self._kept.decode("utf-8", "replace").splitlines()))
        missing = self._total - len(self._kept)
        return f"{shown} ... {missing} more bytes" if missing else shown
