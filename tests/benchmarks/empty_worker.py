"""The baseline of `worker_boot`: an event loop that waits, with the libraries that `dify-runtime worker` loads.

Usage: `python empty_worker.py`. It imports nothing of ours.
"""

import asyncio
import signal
from collections.abc import Callable
from importlib import import_module

LIBRARIES = (
    "click",
    "pluggy",
    "pydantic",
    "pydantic.networks",
    "pydantic_settings",
    "importlib_metadata",
    "zipp.compat.overlay",
    "svcs",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.dialects.postgresql",
    "aiosqlite",
)
"""What a process of `worker` imports of third parties; `worker_boot` fails when it is more than that, or less."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop that `worker` would take."""
    try:
        import uvloop  # an extra
    except ImportError:
        return None
    return uvloop.new_event_loop


async def wait() -> None:
    """Say that it is ready, and wait for a signal."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("baseline ready", flush=True)
    await stop.wait()


def main() -> None:
    """Import, then wait."""
    for name in LIBRARIES:
        import_module(name)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(wait())


if __name__ == "__main__":
    main()
