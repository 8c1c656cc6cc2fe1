"""A small load generator: keep-alive connections that each ask again as soon as they are answered."""

import asyncio
import os
import time
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.empty_server import loop_factory
from tests.benchmarks.measure import RunFailed, Sample

REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Asker(asyncio.Protocol):
    """One connection; counts complete answers, and stops at the first that is not a 200."""

    def __init__(self, latencies: list[float]) -> None:
        self._latencies = latencies
        self._buffer = b""
        self._asked = 0.0
        self._transport: Any = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        """Take what came; with a whole answer, ask again."""
        self._buffer = buffer = self._buffer + data
        head, found, body = buffer.partition(_END)
        if not found or len(body) < self._length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._end(RunFailed(f"the server answered {head[:80]!r}"))
            return
        self._latencies.append(time.perf_counter() - self._asked)
        self._buffer = b""
        self._ask()

    def _length(self, head: bytes) -> int:
        lowered = head.lower()
        begin = lowered.find(_LENGTH)
        return int(lowered[begin + len(_LENGTH) :].split(b"\r", 1)[0]) if begin >= 0 else 0

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the server has closed, which it should not."""
        self._end(RunFailed(f"the server closed a connection: {error}"))

    def _end(self, error: RunFailed) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)

    def stop(self) -> None:
        """Ask no more."""
        self.ended.cancel()
        self._transport.abort()


def load(port: int, connections: int, seconds: float, core: int | None) -> Sample:
    """Requests per second and latencies in milliseconds, asked from one core only if `core` names one.

    Raises `RunFailed` when an answer is not a 200.
    """
    allowed = os.sched_getaffinity(0) if core is not None else None
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_load(port, connections, seconds))
    finally:
        if allowed is not None:
            os.sched_setaffinity(0, allowed)


async def _load(port: int, connections: int, seconds: float) -> Sample:
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(lambda: Asker(latencies), "127.0.0.1", port) for _ in range(connections)]
    askers = [asker for _, asker in pairs]
    began = time.perf_counter()
    latencies.clear()
    done, _ = await asyncio.wait(
        [asker.ended for asker in askers], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
    )
    elapsed = time.perf_counter() - began
    count = len(latencies)
    for asker in askers:
        asker.stop()
    for failed in done:
        failed.result()
    if not count:
        raise RunFailed("no answer came in time")
    return {"rate": count / elapsed, "requests": count, **_quantiles(latencies[:count])}


def _quantiles(latencies: Sequence[float]) -> Sample:
    ordered = sorted(latencies)
    return {name: ordered[int(part * (len(ordered) - 1))] * 1000 for name, part in (("p50", 0.5), ("p99", 0.99))}
