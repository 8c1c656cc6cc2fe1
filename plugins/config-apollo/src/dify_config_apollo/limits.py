"""What the client puts up with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange with the config service; times in seconds."""

    read: float = 3.0
    """How long the service may be silent while settings are read."""
    poll: float = 75.0
    """The same for a long poll, which the service holds for about a minute."""
    transfer: float = 20.0
    """How much longer than that an answer may take to arrive whole."""
    body: int = 8 * 1024 * 1024
    """The largest answer, in bytes."""
