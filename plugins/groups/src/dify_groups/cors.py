"""What the CORS policies of the groups have in common."""

from typing import Final

METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
"""Methods that pages of other origins may use."""

BASE_HEADERS: Final = ("Content-Type", "X-App-Code", "X-App-Passport")
"""Request headers that pages of other origins may send to any group."""

EXPOSED_HEADERS: Final = ("X-Version", "X-Env", "X-Trace-Id")
"""Answer headers that pages of other origins may read."""

ANY_ORIGIN: Final = ("*",)
"""Every origin is allowed."""


def split_origins(text: str) -> tuple[str, ...]:
    """A comma list of origins, split as Dify does: nothing is trimmed, and no text is one empty origin, nobody's."""
    return tuple(text.split(","))
