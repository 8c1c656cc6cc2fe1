"""The worker processes: a few, started when they are needed, ended when they misbehave."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self

from dify_runtime_sdk.documents import ExtractionError

from .process import Crashed, NotTaken, WorkerProcess
from .settings import ExtractorSettings

_DOCUMENTS: Final = 200
"""How many documents a process reads before another takes its place: parsers leak."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may cost: seconds, MiB, characters of its text."""

    timeout: float = 60.0
    memory: int = 1024
    characters: int = 20_000_000
    idle: int = 120
    """Seconds after which a process without work ends."""

    @classmethod
    def of(cls, settings: ExtractorSettings) -> "Bounds":
        """The bounds that the operator set."""
        return cls(settings.EXTRACTOR_TIMEOUT, settings.EXTRACTOR_MEMORY_LIMIT, settings.EXTRACTOR_MAX_TEXT_LENGTH)


class WorkerPool:
    """At most `size` processes, each with one document at a time; further documents wait their turn."""

    def __init__(self, size: int, bounds: Bounds) -> None:
        self._bounds = bounds
        self._places = asyncio.Semaphore(size)
        self._idle: list[WorkerProcess] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def run(self, function: str, content: bytes, extension: str) -> str:
        """Call a parser; raises `ExtractionError` for whatever it does instead of giving a text."""
        async with self._places:
            while self._idle:
                try:
                    return await self._read(self._idle.pop(), function, content, extension)
                except NotTaken:
                    continue  # it ended while it waited, as idle processes do
            try:
                worker = await WorkerProcess.start(self._bounds)
                return await self._read(worker, function, content, extension)
            except (NotTaken, OSError):
                reason = "no process can be started to read documents"
                raise ExtractionError(reason, hint="see EXTRACTOR_MEMORY_LIMIT, and what the machine has") from None

    async def _read(self, worker: WorkerProcess, function: str, content: bytes, extension: str) -> str:
        reusable = False
        try:
            async with asyncio.timeout(self._bounds.timeout):
                answer = await worker.ask(function, content, extension)
            reusable = not answer.exhausted and worker.served < _DOCUMENTS
        except TimeoutError:
            limit = f"{self._bounds.timeout:g} s (EXTRACTOR_TIMEOUT)"
            raise ExtractionError(f"reading the {_name(extension)} takes longer than {limit}") from None
        except Crashed as crash:
            reason = f"the {_name(extension)} made its parser crash ({crash})"
            hint = "the file is broken or hostile, or needs more memory than EXTRACTOR_MEMORY_LIMIT"
            raise ExtractionError(reason, hint=hint) from None
        finally:  # also when whoever asked has gone
            if reusable:
                self._idle.append(worker)
            else:
                await worker.end()
        if answer.error:
            raise ExtractionError(f"the {_name(extension)} cannot be read: {answer.error}")
        return answer.text


def _name(extension: str) -> str:
    return f"{extension} document" if extension else "document"
