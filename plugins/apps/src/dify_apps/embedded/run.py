"""One run of an app, for the program that asked for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from typing import Any

from ..api import StartedRun, WireEvent


class Run:
    """A run: iterate it for its events, await it for its answer. It begins with the first of these, once.

    Leaving the loop stops nothing: the run goes on, and can be iterated again from its first event.
    """

    def __init__(self, begin: Callable[[], Awaitable[StartedRun]], stop: Callable[[str], Awaitable[None]]) -> None:
        self._begin = begin
        self._stop = stop
        self._started: StartedRun | None = None
        self._lock = asyncio.Lock()

    async def __aiter__(self) -> AsyncIterator[WireEvent]:
        """The events as the Service API streams them, to the end; what goes wrong in the run is the event `error`.

        Raises the `HttpError`s of `dify_apps.errors` when the app refuses to run.
        """
        events = (await self._run()).events()
        async with aclosing(events) as source:
            async for logged in source:
                if logged.event is not None:
                    yield logged.event

    def __await__(self) -> Generator[Any, None, Mapping[str, Any]]:
        """The body with which the Service API answers a client that does not stream.

        Raises `HttpError` when the app refuses to run, and when the run breaks off.
        """
        return self._answer().__await__()

    async def stop(self) -> None:
        """Ask the run to end early; its last events say so. Nothing happens when it has not begun, or has ended."""
        if self._started is not None:
            await self._stop(self._started.task_id)

    async def _answer(self) -> Mapping[str, Any]:
        return (await (await self._run()).answer()).body

    async def _run(self) -> StartedRun:
        async with self._lock:
            if self._started is None:
                self._started = await self._begin()
            return self._started
