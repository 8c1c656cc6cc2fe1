"""Ending a run early, at any moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..api import RunOutput


@asynccontextmanager
async def until_stopped(output: RunOutput) -> AsyncIterator[None]:
    """Leave the block as soon as the run shall end early, wherever it waits."""
    watch: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(None) as scope:
            watch = asyncio.create_task(_watch(output, scope))
            yield
    except TimeoutError:
        if not scope.expired():
            raise
    finally:
        if watch is not None:
            watch.cancel()


async def _watch(output: RunOutput, scope: asyncio.Timeout) -> None:
    await output.stopped()
    scope.reschedule(asyncio.get_running_loop().time())
