"""A worker process as its parent sees it."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Final, Self

from .orders import Order
from .report import Report

_log = logging.getLogger(__name__)

_WORKER: Final = "dify_runtime.server.worker"
_LONGEST_REPORT: Final = 1 << 20
"""Bytes; a report holds the reasons of all failed plugins."""


class Child:
    """One started worker process; `stop` must follow, however it ended."""

    def __init__(self, process: asyncio.subprocess.Process, reports: "ReportPipe") -> None:
        self._process = process
        self._reports = reports

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @classmethod
    async def start(cls, order: Order) -> Self:
        """Start a worker and hand it the order, to which its end of the report pipe is added.

        A new session keeps the terminal's Ctrl-C from it: the parent alone says when to stop.
        """
        reports, writing = await ReportPipe.open()
        try:
            order = replace(order, report=writing)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", _WORKER),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=[descriptor for descriptor in (writing, order.listener) if descriptor >= 0],
                start_new_session=True,
            )
        except BaseException:
            reports.close()
            raise
        finally:
            os.close(writing)
        child = cls(process, reports)  # nothing is awaited from here on: a cancelled start leaves no process behind
        child._tell(order)
        return child

    def _tell(self, order: Order) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(order.encode())  # stays open: its end would say that the parent is gone

    async def report(self) -> Report:
        """The worker's report; one with an error when it ended without."""
        line = await self._reports.line()
        if not line:
            return Report(error=f"worker process {self.pid} {await self.end()} before it was ready")
        return Report.decode(line)

    async def end(self) -> str:
        """Wait for the end of the process; returns how it ended, in words."""
        status = await self._process.wait()
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with exit status {status}"

    async def stop(self, number: int, limit: float) -> None:
        """Send the signal, wait up to `limit` seconds for the end, then kill."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        try:
            async with asyncio.timeout(limit):
                await self._process.wait()
        except TimeoutError:
            _log.warning("worker process %d is still stopping after %g s: killing it", self.pid, limit)
            self.kill()
            await self._process.wait()
        self._reports.close()

    def kill(self) -> None:
        """End the process at once."""
        with suppress(ProcessLookupError):
            self._process.kill()


class ReportPipe:
    """The parent's end of the pipe on which a worker reports."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        self._reader = reader
        self._transport = transport

    @classmethod
    async def open(cls) -> tuple[Self, int]:
        """A new pipe, with the descriptor of its other end."""
        reading, writing = os.pipe()
        reader = asyncio.StreamReader(limit=_LONGEST_REPORT)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
        )
        return cls(reader, transport), writing

    async def line(self) -> bytes:
        """The next line; empty at the end."""
        return await self._reader.readline()

    def close(self) -> None:
        """Let go of the pipe."""
        self._transport.close()
