"""The two sides of the benchmark `storage_stream`, each in a process of its own, which prints its sample as JSON.

Usage: `python -m tests.benchmarks.storage_sides ours|baseline BYTES DIRECTORY`.
"""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from dify_runtime.server.loop import loop_factory
from tests.benchmarks.measure import RunFailed, Sample

CHUNK = 64 * 1024
"""Bytes at a time: what `shutil.copyfileobj` copies by, and what a server gets from the network."""
_WARM = b"loads what is imported at first use"


class Source:
    """A file to read from that costs nothing; what there is to write comes from memory."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._chunk = os.urandom(CHUNK)

    def read(self, size: int) -> bytes:
        """The next bytes."""
        wanted = min(size, self._left, CHUNK)
        self._left -= wanted
        return self._chunk if wanted == CHUNK else self._chunk[:wanted]

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of them."""
        while chunk := self.read(CHUNK):
            yield chunk


class Sink:
    """A file to write to that only counts."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Count."""
        self.size += len(chunk)


def resident() -> int:
    """The most memory that this process ever had, bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


async def ours(size: int, directory: Path) -> Sample:
    """Through the store."""
    from dify_storage.local.storage import LocalStorage  # the baseline has none of it

    async with await LocalStorage.open(directory) as store:
        await store.save("warm/up", _WARM)
        before = resident()

        async def write() -> int:
            return await store.write("large/object", Source(size).chunks())

        async def read() -> int:
            sink = Sink()
            async for chunk in store.read("large/object"):
                sink.write(chunk)
            return sink.size

        return {"in": await _timed(write, size), "out": await _timed(read, size), "growth": _growth(before)}


async def baseline(size: int, directory: Path) -> Sample:
    """What the standard library does with two files, and `fsync`."""
    path = directory / "object"
    path.write_bytes(_WARM)
    before = resident()

    async def write() -> int:
        source: Any = Source(size)
        with path.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    async def read() -> int:
        sink: Any = Sink()
        with path.open("rb") as file:
            shutil.copyfileobj(file, sink, CHUNK)
        return int(sink.size)

    return {"in": await _timed(write, size), "out": await _timed(read, size), "growth": _growth(before)}


async def _timed(work: Callable[[], Awaitable[int]], size: int) -> float:
    """Milliseconds; raises `RunFailed` when not all bytes went through."""
    began = time.perf_counter()
    done = await work()
    if done != size:
        raise RunFailed(f"{done} of {size} bytes went through")
    return (time.perf_counter() - began) * 1000


def _growth(before: int) -> float:
    return (resident() - before) / (1 << 20)


def main(side: str, size: str, directory: str) -> None:
    """One side, once."""
    work = {"ours": ours, "baseline": baseline}[side]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(json.dumps(runner.run(work(int(size), Path(directory)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
