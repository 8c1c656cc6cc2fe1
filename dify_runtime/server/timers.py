"""Time limits of connections, at the cost of an assignment per request instead of a timer or a task."""

import asyncio
from collections.abc import Callable


class Limit:
    """A time limit that is set and lifted with every request; the timer behind it stays, and is moved when it rings."""

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        """`over` is called once the limit was set for `seconds`."""
        self._seconds = seconds
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Whether the time is running."""
        return self._deadline is not None

    def set(self) -> None:
        """Let the time run, from now."""
        self._deadline = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def lift(self) -> None:
        """Let the time run no more."""
        self._deadline = None

    def close(self) -> None:
        """Lift for good."""
        self.lift()
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._ring)
        else:
            self._over()


class IdleWatch:
    """Stands for the task in which Hypercorn waits while a connection is idle."""

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        """`end` is called when the connection was idle for `seconds`."""
        self._limit = Limit(seconds, end)
        self._end = end
        self._stopping = False

    async def restart(self, *_: object) -> None:
        """The connection is idle from now on."""
        self._limit.set()
        if self._stopping:
            self._end()

    async def stop(self) -> None:
        """The connection is idle no more, or ends."""
        self._limit.lift()

    def finish(self) -> None:
        """End the connection as soon as it is idle."""
        self._stopping = True
        if self._limit.is_set:
            self._end()

    def close(self) -> None:
        """Let go of the timer."""
        self._limit.close()
