"""The tasks of a run: attempts of nodes and timers, and the run's own waiting for them."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Final

from .clock import Clock

if TYPE_CHECKING:
    from ..state.execution import Execution
    from .attempt import Ended

_LOG: Final = logging.getLogger(__name__)
_GRACE: Final = 5.0
"""Seconds that cancelled nodes get to end; then they are left behind, with a warning."""


class Tasks:
    """What runs beside the run itself. Nothing here outlives `stop`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._attempts: dict[int, asyncio.Task[Ended]] = {}
        self._timers: dict[int, asyncio.Task[None]] = {}
        self._stopped: set[asyncio.Task[Any]] = set()
        self._waiter: asyncio.Future[None] | None = None
        self.finished: deque[tuple[Execution, asyncio.Task[Ended]]] = deque()

    def run(self, execution: "Execution", attempt: Coroutine[Any, Any, "Ended"]) -> "asyncio.Task[Ended] | None":
        """Run an attempt at once up to its first wait; gives its task if it has ended by then."""
        task = asyncio.Task(attempt, loop=self._loop, eager_start=True)
        if task.done():
            return task
        self._attempts[execution.number] = task
        task.add_done_callback(lambda done: self._collect(execution, done))
        return None

    def timer(self, key: int, seconds: float, then: Callable[[], None]) -> None:
        """Call `then` after that time, unless it is stopped."""
        self._timers[key] = self._loop.create_task(self._sleep(key, seconds, then))

    @property
    def running(self) -> int:
        """How many attempts run."""
        return len(self._attempts)

    @property
    def busy(self) -> bool:
        """Whether attempts run, also such as were cancelled and have not ended yet."""
        return bool(self._attempts or self._stopped)

    def cancel(self, executions: "Iterable[Execution]") -> None:
        """Stop the attempts or timers of these executions."""
        for execution in executions:
            task = self._attempts.pop(execution.number, None)
            timer = self._timers.pop(execution.number, None)
            if timer is not None:
                timer.cancel()
            if task is not None:
                self._stopped.add(task)
                task.cancel()

    def wake(self) -> None:
        """Let `wait` return."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def wait(self) -> None:
        """Return when there is something new."""
        waiter = self._waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    async def settle(self) -> None:
        """Return when what was cancelled has ended, or has had its time."""
        if self._stopped:
            _, left = await asyncio.wait(set(self._stopped), timeout=_GRACE)
            for task in left:
                _LOG.warning("a cancelled node did not end within %s s and is left behind: %r", _GRACE, task)
            self._stopped.clear()

    async def stop(self) -> None:
        """Cancel everything, and wait for it."""
        for task in (*self._timers.values(), *self._attempts.values()):
            self._stopped.add(task)
            task.cancel()
        self._attempts = {}
        self._timers = {}
        await self.settle()

    def _collect(self, execution: "Execution", task: "asyncio.Task[Ended]") -> None:
        if self._attempts.pop(execution.number, None) is not None:
            self.finished.append((execution, task))
        else:
            self._stopped.discard(task)
            if not task.cancelled():
                task.exception()  # looked at, so that the loop does not report it
        self.wake()

    async def _sleep(self, key: int, seconds: float, then: Callable[[], None]) -> None:
        await self._clock.sleep(seconds)
        self._timers.pop(key, None)
        then()
        self.wake()
