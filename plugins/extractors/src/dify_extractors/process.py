"""One worker process, from the side of the runtime."""

import asyncio
import contextlib
import json
import math
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .pool import Bounds

_MODULE: Final = "dify_extractors.worker"
_START: Final = 30.0
"""Seconds for a process to begin, on a machine that is busy."""
_GRACE: Final = 5
"""Seconds after the time limit in which a process that nobody waits for ends itself."""


class NotTaken(Exception):
    """The process had ended before it took the document."""


class Crashed(Exception):
    """The process ended over the document; says how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process made of a document: a text, or an error; `exhausted` when it ran out of memory."""

    text: str = ""
    error: str = ""
    exhausted: bool = False


class WorkerProcess:
    """A process that reads one document after the other."""

    def __init__(self, process: Process, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self._process = process
        self._stdin = stdin
        self._stdout = stdout
        self.served = 0
        """How many documents it has been given."""

    @classmethod
    async def start(cls, bounds: "Bounds") -> "WorkerProcess":
        """Start a process and wait until it is ready; raises `NotTaken` when it does not get there."""
        limits = json.dumps(
            {
                "memory": bounds.memory,
                "characters": bounds.characters,
                "idle": bounds.idle,
                "seconds": math.ceil(bounds.timeout) + _GRACE,
            }
        )
        environment = {"PYTHONPATH": os.pathsep.join(sys.path)}  # of its own: ours holds secrets
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", _MODULE, limits, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        worker = cls(process, process.stdin, process.stdout)
        try:
            async with asyncio.timeout(_START):
                if await worker._line() != {"ready": True}:
                    raise NotTaken
        except BaseException as error:
            await worker.end()
            if isinstance(error, TimeoutError | Crashed):
                raise NotTaken from None
            raise
        return worker

    async def ask(self, function: str, content: bytes, extension: str) -> Answer:
        """Have one document read; raises `NotTaken` and `Crashed`."""
        self.served += 1
        order = json.dumps({"function": function, "extension": extension, "size": len(content)})
        with contextlib.suppress(ConnectionError):  # it has ended; its last words say why
            self._stdin.write(order.encode() + b"\n")
            self._stdin.write(content)
            await self._stdin.drain()
        try:
            taken = await self._line()
        except Crashed:
            raise NotTaken from None
        if taken != {"taken": True}:
            raise Crashed("it broke its protocol")
        return await self._answer()

    async def _answer(self) -> Answer:
        header = await self._line()
        try:
            text = await self._stdout.readexactly(header["size"])
            return Answer(text.decode(), header["error"], header["exhausted"])
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Crashed(await self._fate()) from None
        except (KeyError, TypeError, ValueError):
            raise Crashed("it broke its protocol") from None

    async def _line(self) -> dict[str, Any]:
        try:
            line = await self._stdout.readline()
            parsed = json.loads(line) if line else None
        except (ValueError, ConnectionError):
            raise Crashed("it broke its protocol") from None
        if not isinstance(parsed, dict):
            raise Crashed(await self._fate())
        return parsed

    async def _fate(self) -> str:
        status = await self._process.wait()
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    async def end(self) -> None:
        """Kill the process if it still runs, and take in what it left, so that nothing stays open."""
        with contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                self._process.kill()
        self._stdin.close()
        with contextlib.suppress(ConnectionError):
            while await self._stdout.read(1 << 16):
                pass
        await self._process.wait()
