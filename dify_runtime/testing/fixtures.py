"""The `runtime` fixture."""

import asyncio
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .booted import RuntimeFactory


@pytest_asyncio.fixture
async def runtime(tmp_path: Path) -> "AsyncIterator[RuntimeFactory]":
    """Boot exactly the plugins that a test gives.

    >>> booted = await runtime({"notes": NotesPlugin})

    What it booted is stopped after the test, and a task that is still running then fails the test.
    """
    from .booted import RuntimeFactory, leaked_tasks  # at first use: most tests of a project boot nothing

    before = asyncio.all_tasks()
    factory = RuntimeFactory(tmp_path)
    gc.freeze()  # the search for dropped tasks looks through what this test made, not through all modules
    try:
        yield factory
    finally:
        await factory.stop()
        leaked = leaked_tasks(before)
        gc.unfreeze()
    if leaked:
        pytest.fail(f"still running after the runtime stopped: {', '.join(leaked)}", pytrace=False)
