"""The time of a run; tests bring their own."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a run reads the time from and waits with."""

    def time(self) -> float:
        """Wall-clock seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""
        ...


class SystemClock:
    """The time of the machine."""

    def time(self) -> float:
        """See `Clock.time`."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)
