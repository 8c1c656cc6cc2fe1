"""The other end of a worker process: starts it at the first call, and hears when it dies."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from itertools import count
from typing import Any, Final

from dify_runtime_sdk import DifyRuntimeError

_LONGEST_LINE: Final = 256 * 1024 * 1024
"""Bytes of one answer: vectors of a large batch."""


class WorkerRefusal(DifyRuntimeError):
    """The model refuses the request itself."""


class WorkerFailure(DifyRuntimeError):
    """The model could not be loaded, failed, or its process died."""


class WorkerBusy(DifyRuntimeError):
    """As many calls as may wait are waiting."""


class ModelProcess:
    """One model in a process of its own. Calls are answered in the order in which they come."""

    def __init__(self, options: Mapping[str, Any], *, limit: int) -> None:
        """`limit` bounds the calls that wait or run."""
        self._command = (sys.executable, "-m", "dify_models_offline.worker", json.dumps(options))
        self._limit = limit
        self._ids = count(1)
        self._answers: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def call(self, operation: str, body: Mapping[str, Any]) -> AsyncGenerator[Any]:
        """The events of the answer; left early, the model stops. Raises the errors of this module."""
        if len(self._answers) >= self._limit:
            raise WorkerBusy(f"{self._limit} calls are waiting for the model")
        identifier = next(self._ids)
        answers = self._answers[identifier] = asyncio.Queue()
        ended = False
        try:
            await self._send({"id": identifier, "op": operation, "body": body})
            while not ended:
                message = await answers.get()
                if "error" in message:
                    ended = True
                    raise (WorkerRefusal if message["kind"] == "request" else WorkerFailure)(message["error"])
                ended = "done" in message
                if not ended:
                    yield message["event"]
        finally:
            del self._answers[identifier]
            if not ended:
                await self._cancel(identifier)

    async def close(self) -> None:
        """End the process, for good."""
        self._closed = True
        async with self._starting:  # one that is being started must be there to be ended
            process, reader = self._process, self._reader
            self._process = self._reader = None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if reader is not None:
            await asyncio.gather(reader, return_exceptions=True)

    async def _cancel(self, identifier: int) -> None:
        """Let the process stop an answer; one that has ended answers nothing, and is not started for this."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(WorkerFailure):
                await self._send({"cancel": identifier})

    async def _send(self, message: Mapping[str, Any]) -> None:
        async with self._starting:
            if self._closed:
                raise WorkerFailure("the process of the model was stopped")
            if self._process is None or self._process.returncode is not None:
                await self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerFailure("the process of the model was stopped")
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            await process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise WorkerFailure("the process of the model died") from error

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_LINE
        )
        self._process = process
        self._reader = asyncio.create_task(self._read(process), name="read the answers of a model's process")

    async def _read(self, process: Process) -> None:
        """Hand answers to those who wait for them, until the process ends."""
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        async for line in process.stdout:
            message = json.loads(line)
            waiting = self._answers.get(message["id"])
            if waiting is not None:
                waiting.put_nowait(message)
        status = await process.wait()
        for waiting in self._answers.values():
            waiting.put_nowait({"error": f"the process of the model ended with status {status}", "kind": "failure"})
