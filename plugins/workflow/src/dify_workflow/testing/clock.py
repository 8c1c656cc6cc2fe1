"""A scripted clock."""

import asyncio
import math
from itertools import count
from typing import Final

_MORNING: Final = 1_735_725_600.0
"""2025-01-01 10:00 UTC."""


class ScriptedClock:
    """Satisfies `Clock`: time stands still but for sleeps, which are over at once, the shortest first.

    `slept` holds the seconds of every sleep that ended. Limits of time need a real clock: with this one a limit would
    be reached as soon as a node waits for anything.
    """

    def __init__(self, now: float = _MORNING) -> None:
        """`now` is seconds since the epoch."""
        self.now = now
        self.slept: list[float] = []
        self._sleepers: set[tuple[float, int]] = set()
        self._numbers = count()

    def time(self) -> float:
        """See `Clock.time`."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`; a sleep of infinite length only ends by being cancelled."""
        if math.isinf(seconds):
            await asyncio.Event().wait()
        sleeper = (self.now + seconds, next(self._numbers))
        self._sleepers.add(sleeper)
        try:
            await asyncio.sleep(0)
            while min(self._sleepers) != sleeper:  # noqa: ASYNC110 - others end within a few steps
                await asyncio.sleep(0)
        finally:
            self._sleepers.discard(sleeper)
        self.now = max(self.now, sleeper[0])
        self.slept.append(seconds)
