"""The event loop of a serving process: uvloop where it is installed, asyncio's own otherwise."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop; None for asyncio's own."""
    if sys.platform == "win32":
        return None
    try:
        import uvloop  # an extra; only a serving process wants it
    except ImportError:
        return None
    return uvloop.new_event_loop


def run[T](main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in a new event loop, and return its result."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(main)
