"""The baseline of `boot` and `health`: an empty Quart application on Hypercorn, with the libraries that `serve` loads.

Usage: `python empty_server.py PORT`. It imports nothing of ours.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

LIBRARIES = (
    "click",
    "pluggy",
    "pydantic",
    "pydantic.networks",
    "pydantic_settings",
    "importlib_metadata",
    "zipp.compat.overlay",
    "svcs",
    "filelock",
    "orjson",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.dialects.postgresql",
    "aiosqlite",
    "quart",
    "quart.json.provider",
    "hypercorn.app_wrappers",
    "hypercorn.asyncio.lifespan",
    "hypercorn.asyncio.tcp_server",
    "hypercorn.asyncio.worker_context",
)
"""What a process of `serve` imports of third parties; `boot` fails when it is more than that, or less."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop that `serve` would take."""
    try:
        import uvloop  # an extra
    except ImportError:
        return None
    return uvloop.new_event_loop


def make_app() -> Any:
    """The empty application: a bare route that answers what ours does."""
    from quart import Quart

    app = Quart("empty", static_folder=None, template_folder=None)

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"pid": os.getpid(), "status": "ok", "version": "1.0.0"}

    return app


async def serve(port: int) -> None:
    """Serve until a signal."""
    from hypercorn.asyncio import serve as run
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.accesslog = None
    await run(make_app(), config)


def main(port: str) -> None:
    """Import, then serve."""
    for name in LIBRARIES:
        import_module(name)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(int(port)))


if __name__ == "__main__":
    main(sys.argv[1])
