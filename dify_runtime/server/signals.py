"""SIGTERM and SIGINT of a serving process, from its first moment to its last.

| the first signal comes | and this happens |
|---|---|
| before the event loop runs | `KeyboardInterrupt`, which `exiting` turns into the exit status |
| during the boot | the boot is cancelled; what had started stops in reverse |
| while serving | `wait` returns: a graceful stop |

A second signal ends the process at once. The handlers are Python's own, not the event loop's, so that the second
signal also works when something blocks the loop.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """A context manager: inside it the signals act as the module says, outside as before.

    `number` is the first signal that came, or None. `at_once`, when set, is called before a second signal ends the
    process; it must not block. In a thread other than the main one, where handlers cannot be set, only `request` acts.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.at_once: Callable[[], None] | None = None
        self._previous: dict[int, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._act: Callable[[], Any] | None = None

    @property
    def exit_status(self) -> int:
        """The exit status of a process that the signal ended, as shells count it."""
        return 128 + (self.number or signal.SIGINT)

    @contextmanager
    def exiting(self) -> Iterator[None]:
        """Turn the interrupt of code outside the event loop into the exit status, without a traceback."""
        try:
            yield
        except KeyboardInterrupt:
            raise SystemExit(self.exit_status) from None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._received) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._previous = {}

    def _received(self, number: int, _frame: "FrameType | None") -> None:
        if self.number is not None:
            if self.at_once is not None:
                self.at_once()
            os._exit(128 + number)
        self.number = number
        if self._loop is None:
            raise KeyboardInterrupt
        self._act_soon(self._loop)

    def _act_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._act is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._act)

    def request(self, number: int = signal.SIGTERM) -> None:
        """Ask for a stop as the signal would; nothing if one is under way."""
        if self.number is None:
            self.number = number
            if self._loop is not None:
                self._act_soon(self._loop)

    def guard(self) -> None:
        """From now on the first signal cancels the current task: it is booting."""
        task = asyncio.current_task()
        if task is None:
            return
        self._loop, self._act = asyncio.get_running_loop(), task.cancel
        if self.number is not None:
            task.cancel()

    async def wait(self) -> None:
        """From now on the first signal makes this return: the process is serving."""
        asked = asyncio.Event()
        self._loop, self._act = asyncio.get_running_loop(), asked.set
        if self.number is None:
            await asked.wait()
