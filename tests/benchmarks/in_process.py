"""Requests without sockets: ASGI applications called as a server would call them, both in one process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.empty_server import loop_factory, make_app
from tests.benchmarks.measure import RunFailed, Sample
from tests.benchmarks.processes import first_party

type Application = Callable[[Any, Any, Any], Awaitable[None]]


def scope() -> dict[str, Any]:
    """The scope that Hypercorn makes of the load generator's request."""
    return {
        "type": "http",
        "asgi": {"spec_version": "2.3", "version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/health",
        "raw_path": b"/health",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 5001),
        "extensions": {},
    }


class Exchange:
    """The two ends of one request: an empty body, and the client's leaving when it has the whole answer."""

    def __init__(self) -> None:
        self.status = 0
        self._sent = False
        self._answered = asyncio.get_running_loop().create_future()

    async def receive(self) -> dict[str, Any]:
        """The end of the body; then the end of the connection."""
        if self._sent:
            await self._answered
            return {"type": "http.disconnect"}
        self._sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Any) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif not message.get("more_body", False):
            self._answered.set_result(None)


async def call(app: Application, amount: int) -> Sample:
    """Calls per second, one after another, and microseconds of processor time for each.

    Raises `RunFailed` when an answer is not a 200.
    """
    cpu, began = time.process_time(), time.perf_counter()
    for _ in range(amount):
        exchange = Exchange()
        await app(scope(), exchange.receive, exchange.send)
        if exchange.status != 200:
            raise RunFailed(f"the application answered {exchange.status}")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    return {"rate": amount / wall, "each": cpu / amount * 1e6}


def compare(runs: int, amount: int) -> list[list[Sample]]:
    """The samples of `runs` repetitions of our whole stack and of the bare route, interleaved."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_compare(runs, amount))


async def _compare(runs: int, amount: int) -> list[list[Sample]]:
    from dify_runtime import Runtime  # in the process that is measured only

    bare = make_app()
    samples: list[list[Sample]] = [[], []]
    async with Runtime.boot(roles={"api"}, environ=first_party(), cwd=Path.cwd()) as runtime:
        for turn in range(-1, runs):  # the first turn warms up
            for side, app in zip(samples, (runtime.http.asgi, bare), strict=True):
                sample = await call(app, amount)
                if turn >= 0:
                    side.append(sample)
    return samples
