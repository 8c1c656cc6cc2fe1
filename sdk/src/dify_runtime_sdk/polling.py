"""Following something remote for as long as the process lives: the loop behind `ConfigSource.watch` and its like.

    async for values in poll(self._changed, subject="config source 'apollo'", outage=ConfigSourceError, log=log):
        ...

`poll` knows nothing of what is followed. Each round awaits one step, usually a long poll; an outage is waited out with
a jittered back-off and logged once, not raised.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from logging import Logger

_MOST_DOUBLINGS = 32
"""Keeps the power of two small; any sensible `Pace.longest` is reached long before."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly `poll` goes round; all in seconds."""

    interval: float = 1.0
    """From the start of one successful step to the start of the next, at least. It bounds the load when the peer
    answers at once what it should have held back."""
    first: float = 1.0
    """The delay after the first failure; it doubles with each further one."""
    longest: float = 60.0
    """Where the doubling stops."""

    def delay(self, failures: int) -> float:
        """How long to wait after `failures` failed steps in a row (1 or more).

        Random in the upper half of the range, so that processes that lost one server do not return to it as one.
        """
        ceiling = min(self.longest, self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


async def poll[T](
    step: Callable[[], Awaitable[T | None]],
    *,
    subject: str,
    outage: type[Exception] | tuple[type[Exception], ...],
    log: Logger,
    pace: Pace | None = None,
) -> AsyncGenerator[T, None]:
    """Await `step` again and again, and yield what it returns unless that is None.

    `subject` names what is followed, in the log. An exception of a type in `outage` means that the peer is away: its
    text, which must hold no secret, is logged as a warning when the outage begins and for debugging while it lasts; the
    peer's return is logged too. Any other exception ends the iteration.

    The iteration ends when the task that runs it is cancelled, which cancels the step. Between steps nothing is held.
    """
    pace = pace or Pace()
    clock = asyncio.get_running_loop()
    watch = _Outage(subject, log)
    while True:
        begun = clock.time()
        try:
            found = await step()
        except outage as error:
            await asyncio.sleep(pace.delay(watch.failed(error)))
            continue
        watch.succeeded()
        if found is not None:
            yield found
        await asyncio.sleep(begun + pace.interval - clock.time())


class _Outage:
    """Counts the failures in a row, and logs when the state changes."""

    def __init__(self, subject: str, log: Logger) -> None:
        self._subject = subject
        self._log = log
        self._failures = 0

    def failed(self, error: Exception) -> int:
        """Note one more failure; returns how many there are in a row."""
        self._failures += 1
        if self._failures == 1:
            self._log.warning("%s; the last good values stay in force, retrying", error)
        else:
            self._log.debug("%s; failed attempt %d", error, self._failures)
        return self._failures

    def succeeded(self) -> None:
        """Note that the peer answers."""
        if self._failures:
            self._log.info("%s answers again after %d failed attempts", self._subject, self._failures)
        self._failures = 0
