"""Fencing tokens."""

import time
from collections.abc import Callable


class Fence:
    """Gives growing numbers: microseconds since the epoch, or one more than the last.

    What a lock protects can outlive the process, so tokens must grow from one process to the next as well; a count
    from 1 would not. In Redis tokens are made alike, so that they grow when a deployment moves there.
    """

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """The next token."""
        self._last = max(self._last + 1, self._clock() // 1000)
        return self._last
