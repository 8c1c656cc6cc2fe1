"""What the parts of the suite share."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest

PATIENCE = 20.0
"""Seconds after which what should have happened has not; a right implementation never comes near."""
MOMENT = 0.05
"""Seconds after which something short-lived expires."""


class Suite:
    """A part of the suite."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def key(self) -> str:
        """A key that no other test uses."""
        return f"suite:{uuid.uuid4().hex}"


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return when `condition` holds; fail if it does not for long."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in a server, which sets no event
            await asyncio.sleep(MOMENT / 5)


async def soon[T](work: Awaitable[T]) -> T:
    """The result of `work`, which must not hang."""
    async with asyncio.timeout(PATIENCE):
        return await work


async def cancelled(task: asyncio.Task[object]) -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE)
    if not task.cancelled():
        raise AssertionError("a cancelled task went on")
