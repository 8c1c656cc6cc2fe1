"""Clients that each send a request again when it is answered, in a process of their own.

Usage: `python -m tests.benchmarks.service_clients`, with a `Job` as JSON on stdin; prints what it measured as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.benchmarks.empty_server import loop_factory
from tests.benchmarks.measure import RunFailed

_TEXT = (b'"event":"message"', b'"event": "message"')
_WRONG = (b'"event":"error"', b'"status":"failed"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask whom: until `seconds` are over, or `each` times by each connection, which begin within `ramp`."""

    port: int
    request: str
    connections: int = 10
    seconds: float = 2.0
    each: int = 0
    ramp: float = 0.0


@dataclass(slots=True)
class Times:
    """Seconds from the request: to the end of each answer, and to the first text of each stream."""

    whole: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)


class Client:
    """One connection."""

    def __init__(self, job: Job, times: Times) -> None:
        self._request = job.request.encode()
        self._times = times
        self._port = job.port
        self._reader: Any = None
        self._writer: Any = None

    async def connect(self) -> None:
        """Connect; streams are read as they come."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self) -> None:
        """Send the request and take the whole answer; raises `RunFailed` when it is not what it should be."""
        began = time.perf_counter()
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, sized, rest = head.partition(b"content-length:")
        if sized:
            body = await self._reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
        else:
            body = await self._stream(began)
        self._times.whole.append(time.perf_counter() - began)
        if not head.startswith(b"http/1.1 200") or any(wrong in body for wrong in _WRONG):
            raise RunFailed(f"the server answered {head[:40]!r} {body[-300:]!r}")

    async def _stream(self, began: float) -> bytes:
        body, told = b"", False
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
            if not told and any(text in body for text in _TEXT):
                told = True
                self._times.first.append(time.perf_counter() - began)
        await self._reader.readexactly(2)
        return body

    def close(self) -> None:
        """Leave."""
        if self._writer is not None:
            self._writer.close()


async def work(job: Job) -> dict[str, float]:
    """Do the job: answers per second, and medians in milliseconds."""
    times = Times()
    clients = [Client(job, times) for _ in range(job.connections)]
    for client in clients:
        await client.connect()
    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for number, client in enumerate(clients):
                group.create_task(_repeat(client, job, began, job.ramp * number / len(clients)))
    except* RunFailed as failed:
        raise failed.exceptions[0] from None
    finally:
        for client in clients:
            client.close()
    elapsed = time.perf_counter() - began
    figures = {"rate": len(times.whole) / elapsed, "count": float(len(times.whole)), "p50": _median(times.whole)}
    return figures | ({"first": _median(times.first)} if times.first else {})


async def _repeat(client: Client, job: Job, began: float, wait: float) -> None:
    await asyncio.sleep(wait)
    done = 0
    while done < job.each if job.each else time.perf_counter() - began < job.seconds:
        await client.ask()
        done += 1


def _median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2] * 1000


def encoded(job: Job) -> bytes:
    """The job as the process reads it."""
    return json.dumps(asdict(job)).encode()


def main() -> int:
    """The command."""
    job = Job(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        try:
            print(json.dumps(runner.run(work(job))))
        except (RunFailed, OSError, asyncio.IncompleteReadError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
