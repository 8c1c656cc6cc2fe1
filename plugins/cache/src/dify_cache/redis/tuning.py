"""The figures of the back end. Operators have no settings for them; tests shorten them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds."""

    connect: float = 2.0
    """How long a server may take to accept a connection."""
    answer: float = 5.0
    """How long it may take to answer a command."""
    patience: float = 5.0
    """For how long a command is tried again; with `answer` it bounds every call."""
    first_pause: float = 0.02
    """The pause before the second attempt; it doubles from one to the next, up to `longest_pause`."""
    longest_pause: float = 1.0
    health_check: float = 30.0
    """How long a connection may have been idle to be used without a check."""
    commands: int = 64
    """Commands under way at once: so many connections are kept, per node in a cluster."""
    blocking_reads: int = 256
    """Connections that wait for stream entries. Only a cluster needs more than one."""
    block: float = 2.0
    """How long one blocking read lasts before the next; below `answer`."""
    linger: float = 5.0
    """How long the connection of readers is kept when nobody reads."""
    silence: float = 15.0
    """How long the connection of subscribers may be silent before it is checked."""
    backlog: int = 1024
    """Messages a subscriber may be behind before it loses some."""
    first_poll: float = 0.01
    """The pause before a lock that was not free is tried again; it doubles, up to `longest_poll`."""
    longest_poll: float = 0.25

    @property
    def limit(self) -> float:
        """The most that a call takes, whatever happens."""
        return self.patience + self.answer

    def pauses(self) -> Iterator[float]:
        """The pauses between attempts, without end."""
        return _growing(self.first_pause, self.longest_pause)

    def polls(self) -> Iterator[float]:
        """The pauses of somebody who waits for a lock, without end."""
        return _growing(self.first_poll, self.longest_poll)


def _growing(first: float, longest: float) -> Iterator[float]:
    """Doubling pauses, each shortened at random by up to a half so that those who wait do not come all at once."""
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        pause = min(pause * 2, longest)
