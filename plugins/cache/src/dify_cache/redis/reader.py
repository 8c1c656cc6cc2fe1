"""One connection on which many wait for entries of streams."""

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING

from redis.exceptions import AskError, ResponseError

from dify_runtime_sdk.cache import CacheError, Entry

from ..numeric import milliseconds
from ..stream_id import StreamId
from .connections import Wire
from .entries import entries_of, limit_of, streams_of
from .failures import FAILURES, passes
from .keys import derived
from .link import Link
from .scripts import APPEND
from .tuning import Tuning
from .waits import Wait, Waits

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)

_BELL_KEPT = 60_000
"""Milliseconds after its last ring at which a bell is forgotten."""


class Reader:
    """Asks for all streams that somebody waits for in one blocking XREAD, over and over.

    Who comes while it blocks rings a bell: a stream of the reader's own that it asks for too, so no ring is missed.
    """

    def __init__(self, link: Link, tuning: Tuning, turns: asyncio.Semaphore, key: str) -> None:
        """Read streams that live in the same slot as `key`."""
        self._link = link
        self._tuning = tuning
        self._turns = turns
        self._waits = Waits()
        self._came = asyncio.Event()
        self._bell = derived(f"bell:{secrets.token_hex(8)}", key)
        self._rung = StreamId(0)
        self._ringing: asyncio.Task[None] | None = None
        self._asked: Mapping[str, StreamId] | None = None
        self._answered = asyncio.Event()
        self._wire: Wire | None = None
        self._pauses = tuning.pauses()
        self.ended = False
        """Whether it has stopped for want of readers, so that a new one is needed."""
        self._task = asyncio.create_task(self._run(), name="cache-redis: stream reader")

    async def wait(self, key: str, after: StreamId, count: int | None, seconds: float) -> list[Entry]:
        """The entries of `key` after an id, at most `count`; none if there is none within `seconds`."""
        wait = Wait(key, after, count)
        self._waits.add(wait)
        self._came.set()
        self._ring(wait)
        try:
            async with asyncio.timeout(seconds):
                return await wait.answer
        except TimeoutError:
            return []
        finally:
            self._waits.discard(wait)

    async def close(self) -> None:
        """Disconnect; whoever still waits gets `CacheError`."""
        tasks = [task for task in (self._task, self._ringing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    def _ring(self, wait: Wait) -> None:
        """Interrupt the read under way if it does not ask for what is waited for."""
        if wait.within(self._asked) or (self._ringing is not None and not self._ringing.done()):
            return
        self._ringing = asyncio.create_task(self._strike(), name="cache-redis: bell")

    async def _strike(self) -> None:
        with contextlib.suppress(CacheError):  # the reader has the same trouble, and tells
            while not all(wait.within(self._asked) for wait in self._waits):
                rung = self._asked
                await self._link.run(APPEND, [self._bell], "", 1, _BELL_KEPT)
                while self._asked is rung:  # one ring will do, however long it takes to be heard
                    await self._answered.wait()

    async def _run(self) -> None:
        try:
            while await self._anybody():
                try:
                    await self._read()
                except ResponseError as error:
                    await self._sort_out(error)
                except FAILURES as error:
                    await self._recover(error)
        finally:
            self.ended = True
            await self._disconnect()
            self._fail_all(self._link.closed())

    async def _anybody(self) -> bool:
        """Whether somebody waits, or comes before it is time to go."""
        while not self._waits:
            self._came.clear()
            try:
                async with asyncio.timeout(self._tuning.linger):
                    await self._came.wait()
            except TimeoutError:
                return bool(self._waits)
        return True

    async def _read(self) -> None:
        """One blocking read, and the answers that come of it."""
        async with self._turns:
            if self._wire is None:
                self._wire = await self._link.connect(self._bell)
            answer = await self._ask(self._wire)
        self._pauses = self._tuning.pauses()
        streams = streams_of(answer)
        for ring in streams.get(self._bell, ()):
            self._rung = StreamId.parse(ring.id)
        for wait in self._waits:
            self._waits.serve(wait, streams.get(wait.key, ()))
        await asyncio.sleep(0)  # who reads on at once is in the next read

    async def _ask(self, wire: Wire) -> object:
        """The answer to XREAD for what is waited for now."""
        places = {self._bell: self._rung, **self._waits.places()}
        limit = limit_of(self._waits.count())
        block = milliseconds(self._tuning.block)
        self._asked = places
        self._answered.clear()
        try:
            await wire.send_command("XREAD", *limit, "BLOCK", block, "STREAMS", *places, *map(str, places.values()))
            answer: object = await wire.read_response()
        finally:
            self._asked = None
            self._answered.set()
        return answer

    async def _sort_out(self, error: ResponseError) -> None:
        """Find out for whom the server refuses; one who asks for what is no stream must not harm the others."""
        if isinstance(error, AskError) or passes(error):
            return await self._recover(error)
        refused = False
        for wait in self._waits:
            try:
                answer = await self._link.call("XRANGE", wait.key, f"({wait.after}", "+", *limit_of(wait.count))
                self._waits.serve(wait, entries_of(answer))
            except CacheError as refusal:
                self._waits.fail(wait, refusal)
                refused = True
        if not refused:  # nothing that was asked for: a server that changes its part, say
            await self._recover(error)
        return None

    async def _recover(self, error: BaseException) -> None:
        """Wait until the servers answer, and begin again on a new connection; fail everybody if they do not."""
        _log.debug("waiting for stream entries is interrupted: %s", self._link.failure(error).message)
        await self._disconnect()
        await asyncio.sleep(next(self._pauses))
        try:
            await self._link.call("EXISTS", self._bell)  # a cluster's client learns here where the slot has gone
        except CacheError as failure:
            self._fail_all(failure)

    def _fail_all(self, error: CacheError) -> None:
        for wait in self._waits:
            self._waits.fail(wait, error)

    async def _disconnect(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with contextlib.suppress(*FAILURES):
                await wire.disconnect(nowait=True)
