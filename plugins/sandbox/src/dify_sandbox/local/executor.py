"""The service `CodeExecutor` of the back end `local`."""

import asyncio
from typing import Any, Final, Self

from dify_runtime_sdk.code import CodeCall, CodeExecutionError

from ..answers import request_of, result_of, too_large, too_long, too_much
from ..settings import LocalSettings
from .inside.wire import FAILED, NO_MEMORY, RESULT
from .seat import OutputExceeded, Seat
from .supply import Supply

_KILLED: Final = -9
_HEAP: Final = (b"out of memory", b"std::bad_alloc")
"""What V8 says when it ends itself for want of memory."""


class LocalExecutor:
    """Runs each call in a seat of its own, which ends with it."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.CODE_SANDBOX_CONCURRENCY)
        self._supply = Supply(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._supply.close()

    def check(self) -> None:
        """Raise the `CodeRefusedError` that calls get at present, if any."""
        self._supply.check()

    async def run(self, call: CodeCall) -> dict[str, Any]:
        """Satisfy `CodeExecutor.run`."""
        request = request_of(call)
        async with self._places:
            seat = await self._supply.take(call.language)
            try:
                answer = await self._asked(seat, request)
            finally:
                seat.close()
                self._supply.prepare(call.language)
            return await self._read(seat, answer)

    async def _asked(self, seat: Seat, request: bytes) -> bytes:
        seconds, most = self._settings.CODE_SANDBOX_TIMEOUT, self._settings.CODE_SANDBOX_OUTPUT
        try:
            async with asyncio.timeout(seconds):
                return await seat.ask(request, most)
        except TimeoutError:
            raise too_long(seconds) from None
        except OutputExceeded:
            raise too_much(most) from None

    async def _read(self, seat: Seat, answer: bytes) -> dict[str, Any]:
        kind, text = answer[:1], answer[1:]
        if kind == RESULT:
            return await result_of(text)
        if kind == FAILED:
            raise CodeExecutionError(text.decode(errors="replace"))
        said = seat.printed.tail
        if kind == NO_MEMORY or any(words in said for words in _HEAP):
            raise too_large(self._settings.CODE_SANDBOX_MEMORY)
        status = await seat.ended
        if status == _KILLED:
            raise CodeExecutionError("the code was killed: by its limits, or from outside")
        raise CodeExecutionError(f"process exited with code {status} and without a result {_quoted(said)}".rstrip())


def _quoted(said: bytes) -> str:
    text = said.decode(errors="replace").strip()
    return f"({text})" if text else ""
