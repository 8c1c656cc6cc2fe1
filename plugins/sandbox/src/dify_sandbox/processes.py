"""Processes of ours that do what the event loop cannot: one order at a time, and killed when one takes too long."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Final

from .child import LENGTH

_START: Final = 30.0
"""Seconds for a process to begin, on a machine that is busy."""


class ProcessEnded(Exception):
    """The process ended instead of answering."""


class Processes:
    """A few processes that run one module, started when they are needed; an interrupted one is not used again."""

    def __init__(self, module: str, at_most: int) -> None:
        """`module` calls `dify_sandbox.child.serve`; it takes `b"null"` for a greeting."""
        self._module = module
        self._places = asyncio.Semaphore(at_most)
        self._idle: list[Process] = []

    async def ask(self, order: bytes, seconds: float) -> bytes:
        """The answer to `order`; raises `ProcessEnded`, and `TimeoutError` after `seconds` of work on it."""
        async with self._places:
            process = await self._take()
            try:
                async with asyncio.timeout(seconds):
                    answer = await _exchange(process, order)
            except BaseException:
                await _end(process)
                raise
            self._idle.append(process)
            return answer

    async def close(self) -> None:
        """End the processes."""
        while self._idle:
            await _end(self._idle.pop())

    async def _take(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
            await _end(process)
        return await self._start()

    async def _start(self) -> Process:
        """A process that has greeted back, so that no order's clock runs while Python starts."""
        environment = {"PYTHONPATH": os.pathsep.join(sys.path)}  # not ours, which holds secrets
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", self._module, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
        )
        try:
            async with asyncio.timeout(_START):
                await _exchange(process, b"null")
        except TimeoutError:
            await _end(process)
            raise ProcessEnded from None
        except BaseException:
            await _end(process)
            raise
        return process


async def _exchange(process: Process, order: bytes) -> bytes:
    stdin, stdout = _pipes(process)
    try:
        stdin.write(len(order).to_bytes(LENGTH) + order)
        await stdin.drain()
        return await stdout.readexactly(int.from_bytes(await stdout.readexactly(LENGTH)))
    except (EOFError, ConnectionError):
        raise ProcessEnded from None


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process was started without pipes")
    return process.stdin, process.stdout


async def _end(process: Process) -> None:
    """Kill what still runs, and take in what it left."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    stdin, stdout = _pipes(process)
    stdin.close()
    await stdout.read()
    await process.wait()
