"""When keys were used last: noted in memory, written together, each at most once a minute."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, update

from dify_database import Database, DatabaseUnavailable, utc_now

from ..tables import API_TOKENS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession


class KeyUses:
    """Collects uses; `write` stores them. What was not written yet when a process is killed is lost: up to a minute."""

    def __init__(
        self, database: Database, *, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._clock = clock
        self._written: dict[str, float] = {}
        self._pending: dict[str, datetime] = {}

    def note(self, key_id: str) -> None:
        """Remember that a key is used now."""
        now = self._clock()
        if key_id in self._pending or now - self._written.get(key_id, -self._seconds) < self._seconds:
            return
        self._written[key_id] = now
        self._pending[key_id] = utc_now()

    async def write(self) -> None:
        """Store what was noted since the last call; kept for the next one while the database is away."""
        if not self._pending:
            return
        pending, self._pending = self._pending, {}
        rows = [{"key": key_id, "at": at} for key_id, at in pending.items()]
        statement = update(API_TOKENS).where(API_TOKENS.c.id == bindparam("key")).values(last_used_at=bindparam("at"))

        async def unit(session: "AsyncSession") -> None:
            await (await session.connection()).execute(statement, rows)

        try:
            await self._database.write(unit)
        except DatabaseUnavailable:
            self._pending = pending | self._pending
            raise

    async def keep_writing(self) -> None:
        """Write from time to time, for ever."""
        while True:
            await asyncio.sleep(self._seconds / 4)
            self._forget()
            with contextlib.suppress(DatabaseUnavailable):  # it says so itself; the next round writes what is kept
                await self.write()

    def _forget(self) -> None:
        """Drop what no longer holds anything back, so that the memory does not grow with every key ever seen."""
        now = self._clock()
        self._written = {key: at for key, at in self._written.items() if now - at < self._seconds}
