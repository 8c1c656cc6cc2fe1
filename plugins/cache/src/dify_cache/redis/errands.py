"""Work that must come to its end although whoever asked for it is gone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from dify_runtime_sdk.cache import CacheError

_log = logging.getLogger(__name__)


class Errands:
    """Tasks of the back end's own. Without them a cancelled caller would leave locks behind until they expire."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def gain[T](self, work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[None]]) -> T:
        """The result of `work`; if the caller is cancelled meanwhile, it goes on and its result is undone."""
        task = self._start(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                self._start(_undo(task, undo))
            raise

    async def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`, which goes on if the caller is cancelled."""
        await asyncio.shield(self._start(work))

    async def close(self) -> None:
        """Wait for what is under way; every errand is bounded by the time limit of its commands."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name="cache-redis: errand")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # has been raised to the caller, if there still is one


async def _undo[T](task: asyncio.Task[T], undo: Callable[[T], Awaitable[None]]) -> None:
    try:
        gained = await task
    except CacheError as error:
        _log.warning("what a cancelled caller may have gained cannot be given back: %s", error)
    else:
        await undo(gained)
