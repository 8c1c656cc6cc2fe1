"""What the client puts up with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange with the server; times in seconds."""

    read: float = 3.0
    """How long the server may be silent while it checks a login or gives the settings."""
    poll: float = 45.0
    """The same for a long poll, which the server is asked to hold for 30 s."""
    transfer: float = 20.0
    """How much longer than that an answer may take to arrive whole."""
    body: int = 8 * 1024 * 1024
    """The largest answer, in bytes."""
