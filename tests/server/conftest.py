"""Fixtures of the server's tests: both event loops, and serving processes that never outlive their test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.server.processes import Serving


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def on_loop(request) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine in a fresh loop of each kind that `serve` uses."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(work)

    return run


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Starts `dify-runtime serve --port 0` with exactly the given plugins: see `Serving.start`."""
    async with AsyncExitStack() as stack:

        async def start(*arguments: str, plugins: dict[str, str] | None = None, **settings: str) -> Serving:
            serving = await Serving.start(tmp_path, arguments, plugins or {}, settings)
            stack.push_async_callback(serving.kill)
            return serving

        yield start
