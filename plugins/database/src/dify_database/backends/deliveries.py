"""Delivery of what units left for after their commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from dify_runtime_sdk import Event

from ..commits import AfterCommit

_log = logging.getLogger("dify_database.units")


class Deliveries:
    """Delivers in tasks of its own: nobody who is cancelled takes an event of a committed change with them."""

    def __init__(self, publish: Callable[[Event], Awaitable[None]]) -> None:
        self._publish = publish
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, what: Sequence[AfterCommit], context: Context | None = None) -> "asyncio.Task[None] | None":
        """Start to deliver, in order; returns the task to wait for, if there is anything.

        `context` is that of whoever wrote, if it is not the current one.
        """
        if not what:
            return None
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._deliver(what), name="database: after commit", context=context)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _deliver(self, what: Sequence[AfterCommit]) -> None:
        for one in what:
            try:
                await (self._publish(one) if isinstance(one, Event) else one())
            except Exception:
                _log.exception("what was to happen after a commit failed: %r", one)

    async def close(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(self._running)
