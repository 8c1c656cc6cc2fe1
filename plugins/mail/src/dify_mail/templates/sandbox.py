"""Rendering of administrators' templates in a process of their own, which is killed when it takes too long.

Jinja's sandbox keeps a template from what is not its business; it does not keep it from looping for ever, or from
growing without end. Neither can be stopped inside a thread.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Any, Final

from dify_runtime_sdk.mail import MailTemplateError

from .child import LARGEST, READY

_MODULE: Final = f"{__package__}.child"
_START: Final = 30.0
"""Seconds for the process to begin, on a machine that is busy."""
_PROCESSES: Final = 2
_MOST_OUTPUT: Final = 8 * LARGEST
"""Bytes: JSON can take six for a character."""


class Sandbox:
    """Renders a few texts at a time."""

    def __init__(self, seconds: int) -> None:
        """`seconds` are those of one rendering."""
        self._seconds = seconds
        self._places = asyncio.Semaphore(_PROCESSES)

    async def render(self, source: str, values: Mapping[str, Any], *, html: bool) -> str:
        """Render `source`; raises `MailTemplateError`."""
        task = {"source": source, "values": dict(values), "html": html, "seconds": self._seconds}
        try:
            order = json.dumps(task).encode()
        except (TypeError, ValueError) as error:
            raise _failure(f"a value is not of JSON: {error}") from None
        async with self._places:
            # an environment of its own: ours holds secrets
            path = {"PYTHONPATH": os.pathsep.join(sys.path)}
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", _MODULE, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=path
            )
            try:
                return _text_of(await self._ask(process, order))
            finally:
                await _end(process)

    async def _ask(self, process: Process, order: bytes) -> bytes:
        stdin, stdout = _pipes(process)
        try:
            async with asyncio.timeout(_START):
                if await stdout.readline() != READY:
                    raise _failure("the sandbox does not start")
            async with asyncio.timeout(self._seconds):
                stdin.write(order)
                stdin.close()
                return await _read(stdout)
        except TimeoutError:
            raise _failure(f"it takes longer than {self._seconds} s (MAIL_TEMPLATING_TIMEOUT)") from None


def _pipes(process: Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the sandbox was started without pipes")
    return process.stdin, process.stdout


async def _read(stream: asyncio.StreamReader) -> bytes:
    read = bytearray()
    while len(read) <= _MOST_OUTPUT and (chunk := await stream.read(1 << 16)):
        read += chunk
    return bytes(read)


def _text_of(output: bytes) -> str:
    try:
        answer = json.loads(output)
        error = answer.get("error")
    except (ValueError, AttributeError):
        raise _failure("it was stopped for the memory or the time that it took") from None
    if error is not None:
        raise _failure(str(error))
    return str(answer["text"])


def _failure(reason: str) -> MailTemplateError:
    return MailTemplateError(f"the mail template cannot be rendered: {reason}", hint="correct the template")


async def _end(process: Process) -> None:
    """Kill what still runs, and take in what it left, so that nothing stays open."""
    stdin, stdout = _pipes(process)
    if process.returncode is None:
        process.kill()
    stdin.close()
    await stdout.read()
    await process.wait()
