"""The supply of seats: one wall for all of them, and one seat per language made ahead."""

import asyncio
import contextlib
import math
from typing import Final

from dify_runtime_sdk.code import CodeLanguage, CodeRefusedError

from ..settings import LocalSettings
from .command import Programs, find_programs, refused
from .seat import Seat
from .wall import Wall, WallDown

_REMEMBERED: Final = 60.0
"""Seconds for which a refusal holds before isolation is tried again."""


class Supply:
    """Builds the wall with the first seat; a wall that went down is built again."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._building = asyncio.Lock()
        self._wall: Wall | None = None
        self._programs: Programs | None = None
        self._refusal: tuple[float, CodeRefusedError] | None = None
        self._spares: dict[CodeLanguage, asyncio.Task[Seat]] = {}

    def check(self) -> None:
        """Raise the `CodeRefusedError` that calls get at present, if any."""
        if self._refusal is not None and asyncio.get_running_loop().time() < self._refusal[0]:
            raise self._refusal[1]

    async def take(self, language: CodeLanguage) -> Seat:
        """A seat that nobody has used; raises `CodeRefusedError`."""
        spare = self._spares.pop(language, None)
        if spare is not None:
            with contextlib.suppress(WallDown, CodeRefusedError):
                seat = await _held(spare)
                if not seat.ended.done():
                    return seat
                seat.close()
        for _ in range(2):  # the wall can go down while the seat is made
            with contextlib.suppress(WallDown):
                return await self._make(language)
        raise refused("the process that makes sandboxes ends again and again")

    def prepare(self, language: CodeLanguage) -> None:
        """Make the next seat, in the background."""
        if language not in self._spares and self._wall is not None and self._wall.up:
            spare = asyncio.create_task(self._make(language), name=f"sandbox-{language}")
            spare.add_done_callback(_noticed)
            self._spares[language] = spare

    async def close(self) -> None:
        """End everything."""
        spares = list(self._spares.values())
        self._spares.clear()
        for spare in spares:
            spare.cancel()
        for seat in await asyncio.gather(*spares, return_exceptions=True):
            if isinstance(seat, Seat):
                seat.close()
        if self._wall is not None:
            await self._wall.close()

    async def _make(self, language: CodeLanguage) -> Seat:
        wall = await self._standing()
        node = language is CodeLanguage.JAVASCRIPT
        if node and (self._programs is None or self._programs.node is None):
            raise CodeRefusedError(
                "there is no Node.js for JavaScript", hint="install it, or say where it is with CODE_SANDBOX_NODE"
            )
        return await wall.seat(node=node)

    async def _standing(self) -> Wall:
        async with self._building:
            if self._wall is None or not self._wall.up:
                self.check()
                try:
                    self._wall = await self._build()
                except CodeRefusedError as error:
                    self._refusal = (asyncio.get_running_loop().time() + _REMEMBERED, error)
                    raise
            return self._wall

    async def _build(self) -> Wall:
        given = self._settings
        self._programs = await asyncio.to_thread(
            find_programs, given.CODE_SANDBOX_BWRAP, given.CODE_SANDBOX_NODE, given.CODE_SANDBOX_PACKAGES
        )
        if self._wall is not None:
            await self._wall.close()
        return await Wall.build(
            self._programs,
            memory=given.CODE_SANDBOX_MEMORY,
            seconds=math.ceil(given.CODE_SANDBOX_TIMEOUT) + 1,
            output=given.CODE_SANDBOX_OUTPUT,
        )


async def _held(spare: "asyncio.Task[Seat]") -> Seat:
    """The seat of a spare that is perhaps still being made; if the caller is cancelled it is not left behind."""
    try:
        return await asyncio.shield(spare)
    except asyncio.CancelledError:
        spare.add_done_callback(_dismissed)
        raise


def _noticed(spare: "asyncio.Task[Seat]") -> None:
    """Look at the failure, so that it is not logged: the next call meets it again and says so."""
    if not spare.cancelled():
        spare.exception()


def _dismissed(spare: "asyncio.Task[Seat]") -> None:
    if not spare.cancelled() and spare.exception() is None:
        spare.result().close()
