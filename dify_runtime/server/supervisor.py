"""Several worker processes on one socket: started together, replaced when they die, stopped together."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from dify_runtime_sdk.polling import Pace

from ..errors import ServerError
from .child import Child
from .orders import Order
from .report import Report
from .signals import StopSignals

_log = logging.getLogger(__name__)

SHARED: Final = {
    "database": "a server database (set DB_TYPE and the other DB_* settings)",
    "cache": "Redis (set REDIS_HOST and the other REDIS_* settings)",
}
"""The state that several processes must share, as plugins name it in `shared_backends`, and what gives it."""

STEADY: Final = 60.0
"""A worker that lived this many seconds starts the back-off anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to supervise: `amount` workers that carry out `order`, each with `stop_limit` seconds to stop in."""

    amount: int
    order: Order
    stop_limit: float
    pace: Pace = field(default_factory=lambda: Pace(first=0.5, longest=30.0))


async def supervise(
    plan: Plan, listener: socket.socket, signals: StopSignals, announce: Callable[[Report], None]
) -> int:
    """Check what is shared, start all workers, and keep them until a stop is asked for; returns the exit status.

    `announce` is called once, when all workers answer, with the report of the first. `listener` is closed at the stop,
    so that new connections are refused. Raises `ServerError` when too little is shared, or a worker dies before it was
    ready for the first time; all have ended then.
    """
    signals.guard()
    supervisor = Supervisor(plan, signals)
    signals.at_once = supervisor.kill
    try:
        await supervisor.check_shared()
        await supervisor.serve(listener, announce)
    except asyncio.CancelledError:
        if signals.number is None:
            raise
        return signals.exit_status
    return 0


class Supervisor:
    """The workers of one plan."""

    def __init__(self, plan: Plan, signals: StopSignals) -> None:
        self._plan = plan
        self._signals = signals
        self._children: set[Child] = set()

    async def check_shared(self) -> None:
        """Boot once as a job in a process of its own: plugins migrate there, once, and say what they share."""
        child = await self._start(replace(self._plan.order, task="preflight", listener=-1))
        try:
            report = await child.report()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._plan.stop_limit):
                    await child.end()  # by itself: it has nothing more to do
        finally:
            await self._stop(child)
        if report.error is not None:
            raise ServerError(report.error)
        missing = [remedy for state, remedy in SHARED.items() if state not in report.shared]
        if missing:
            raise ServerError(
                f"--workers {self._plan.amount} needs a server database and Redis, which all processes share; "
                f"missing: {' and '.join(missing)}",
                hint="or leave --workers out",
            )

    async def serve(self, listener: socket.socket, announce: Callable[[Report], None]) -> None:
        """Run the workers until a stop is asked for."""
        loop = asyncio.get_running_loop()
        ready: list[asyncio.Future[Report]] = [loop.create_future() for _ in range(self._plan.amount)]
        try:
            async with asyncio.TaskGroup() as slots:
                tasks = [slots.create_task(self._keep(first)) for first in ready]
                reports = await asyncio.gather(*ready)
                announce(reports[0])
                await self._signals.wait()
                listener.close()
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as group:  # workers fail alike: the first reason says it
            raise group.exceptions[0] from None

    async def _keep(self, ready: asyncio.Future[Report]) -> None:
        """Keep one worker running; what it reports first goes to `ready`. Cancelled, it stops the worker."""
        failures = 0
        while True:
            began = time.monotonic()
            ended = await self._run_one(ready)
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            delay = self._plan.pace.delay(failures)
            _log.warning("%s; starting another in %.1f s", ended, delay)
            await asyncio.sleep(delay)

    async def _run_one(self, ready: asyncio.Future[Report]) -> str:
        """Run one worker to its end; returns how that came. Raises `ServerError` if none was ready before."""
        child = await self._start(self._plan.order)
        try:
            report = await child.report()
            if report.error is not None:
                if not ready.done():
                    raise ServerError(report.error)
                return f"worker process {child.pid} failed to boot: {report.error}"
            _log.info("worker process %d serves", child.pid)
            if not ready.done():
                ready.set_result(report)
            return f"worker process {child.pid} {await child.end()}"
        finally:
            await self._stop(child)

    async def _start(self, order: Order) -> Child:
        child = await Child.start(order)
        self._children.add(child)
        return child

    async def _stop(self, child: Child) -> None:
        """Stop one worker, to the end: a cancellation that comes meanwhile is raised after it."""
        stopping = asyncio.create_task(child.stop(self._signals.number or signal.SIGTERM, self._plan.stop_limit))
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:
            await stopping
            raise
        finally:
            self._children.discard(child)

    def kill(self) -> None:
        """End all workers at once."""
        for child in self._children:
            child.kill()
