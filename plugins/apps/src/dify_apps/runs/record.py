"""What a run leaves in the database: its own row, its journal, and the rows of its mode, written together."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, update

from dify_database import Database, DatabaseUnavailable, utc_now
from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.workflow import JournalEntry

from ..api import PreparedRun, WireEvent, Write
from ..tables.runs import RUNTIME_RUN_JOURNALS, RUNTIME_RUNS

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

_log: Final = logging.getLogger(__name__)

SOON: Final = 0.25
"""Seconds for which rows wait for others: those of a run that is over by then are one transaction."""
_RETRY: Final = 1.0


# Statements are made once: what differs from run to run is parameters, so that nothing is compiled anew.
_BEGIN: Final = insert(RUNTIME_RUNS)
_JOURNAL: Final = insert(RUNTIME_RUN_JOURNALS)
_END: Final = (
    update(RUNTIME_RUNS)
    .where(RUNTIME_RUNS.c.task_id == bindparam("task"), RUNTIME_RUNS.c.holder == bindparam("mine"))
    .values({name: bindparam(name) for name in ("holder", "held_until", "stored", "events", "ended_at")})
)


class LostRunError(DifyRuntimeError):
    """Another process has taken the run over: what this one would write is not written."""

    code = "run_lost"


class RunRecord:
    """The rows of one run. Also its journal, in the sense of the workflow engine.

    `hold`: seconds for which the run is that of the process `holder`. `parts` counts the parts of the journal that are
    there already; `known`: the run's own row is there too.
    """

    def __init__(
        self,
        database: Database,
        prepared: PreparedRun,
        holder: str,
        *,
        hold: float,
        known: bool = False,
        parts: int = 0,
    ) -> None:
        self._database = database
        self._prepared = prepared
        self._holder = holder
        self._hold = hold
        self._known = known
        self._parts = parts
        self._entries: list[JournalEntry] = []
        self._writes: list[Write] = []
        self._turn = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._broken: Exception | None = None

    # -- the journal ---------------------------------------------------------------------------------------------

    def append(self, entry: JournalEntry) -> None:
        """Take one entry; it is written with the rows."""
        self._entries.append(entry)
        self._soon()

    async def flush(self, *, ending: bool = False) -> None:
        """Return when everything appended is durable; at the end that is done by `ended`."""
        if not ending:
            await self.committed()

    def read(self) -> AsyncIterator[JournalEntry]:
        """All durable entries."""
        return read_journal(self._database, self._prepared.run_id)

    # -- the rows ------------------------------------------------------------------------------------------------

    def add(self, *writes: Write) -> None:
        """Write rows soon."""
        self._writes.extend(writes)
        self._soon()

    async def committed(self) -> None:
        """Write what waits, now."""
        async with self._turn:
            if self._broken is not None:
                raise self._broken
            if self._writes or self._entries or not self._known:
                await self._write(self._going_on())

    async def ended(self, events: Sequence[WireEvent]) -> None:
        """Write what waits, and that the run is over; `events` are kept for readers that come late."""
        await self._last({"stored": None, "events": _dumped(events), "ended_at": utc_now()})

    async def paused(self, events: Sequence[WireEvent]) -> None:
        """Write what waits, and that nobody runs the run until it is to go on."""
        await self._last({"stored": self._row()["stored"], "events": _dumped(events), "ended_at": None})

    async def _last(self, values: Mapping[str, Any]) -> None:
        """Write what waits, with the row of a run that nobody holds any more."""
        async with self._turn:
            await self._cancel_timer()
            if self._broken is not None:
                raise self._broken
            if values["ended_at"] is not None and not self._known:
                self._entries = []  # nobody will go on with a run whose beginning and end are one transaction
            await self._write(self._left({"holder": None, "held_until": None, **values}))

    async def close(self) -> None:
        """Stop writing by itself; what is being written is waited for."""
        async with self._turn:
            await self._cancel_timer()

    async def _cancel_timer(self) -> None:
        """Cancel the timer in its turn only: one that writes cannot say, when cancelled, whether it has written."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)

    def _soon(self) -> None:
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later())

    async def _later(self) -> None:
        await asyncio.sleep(SOON)
        while True:
            try:
                return await self.committed()
            except DatabaseUnavailable:  # it may come back before the end; `ended` says so if it does not
                await asyncio.sleep(_RETRY)
            except Exception as error:  # told to whoever asks next
                self._broken = error
                _log.exception("rows of run %s were refused", self._prepared.run_id)
                return None

    def _going_on(self) -> Write | None:
        """The run's own row, for as long as it goes on."""
        if self._known:
            return None
        held = utc_now() + timedelta(seconds=self._hold)
        return _BEGIN, [{**self._row(), "holder": self._holder, "held_until": held, "events": None, "ended_at": None}]

    def _left(self, values: Mapping[str, Any]) -> Write:
        """The run's own row, once this process is done with it."""
        if not self._known:
            return _BEGIN, [{**self._row(), **values}]
        return _END, [{"task": self._prepared.task_id, "mine": self._holder, **values}]

    def _row(self) -> dict[str, Any]:
        run = self._prepared
        app = run.request.app
        return {
            "task_id": run.task_id,
            "run_id": run.run_id,
            "app_id": app.id,
            "tenant_id": app.tenant_id,
            "mode": app.mode,
            "stored": None if run.stored is None else json.dumps(run.stored),
            "created_at": utc_now(),
        }

    async def _write(self, own: Write | None) -> None:
        """Write the run's own row and everything that waits in one transaction; what fails to be written waits on."""
        writes, self._writes = self._writes, []
        entries, self._entries = self._entries, []
        journal = self._journal(entries)
        try:
            await self._database.write_plain(lambda connection: self._execute(connection, own, [*writes, *journal]))
        except BaseException:
            self._writes, self._entries = [*writes, *self._writes], [*entries, *self._entries]
            raise
        self._known = True
        self._parts += len(journal)

    def _journal(self, entries: Sequence[JournalEntry]) -> list[Write]:
        if not entries:
            return []
        text = json.dumps(list(entries), ensure_ascii=False)
        return [(_JOURNAL, [{"run_id": self._prepared.run_id, "part": self._parts, "entries": text}])]

    def _execute(self, connection: "Connection", own: Write | None, writes: Sequence[Write]) -> None:
        if own is not None:  # first, so that what another process took over is not written a second time
            result = write(connection, own)
            if result is not None and result.rowcount == 0:
                raise LostRunError(f"run {self._prepared.run_id} goes on in another process")
        for each in writes:
            write(connection, each)


def _dumped(events: Sequence[WireEvent]) -> str:
    return json.dumps(list(events), ensure_ascii=False)


def write(connection: "Connection", change: Write) -> "CursorResult[Any] | None":
    """Carry out one write; nothing happens for an empty list of rows."""
    statement, parameters = change
    if parameters is None:
        return connection.execute(statement)
    if not parameters:
        return None
    return connection.execute(statement, parameters[0] if len(parameters) == 1 else list(parameters))


async def read_journal(database: Database, run_id: str) -> AsyncIterator[JournalEntry]:
    """The entries of a run's journal, a part at a time."""
    part = 0
    while True:
        this = RUNTIME_RUN_JOURNALS.c.run_id == run_id, RUNTIME_RUN_JOURNALS.c.part == part
        query = select(RUNTIME_RUN_JOURNALS.c.entries).where(*this)
        text = await database.read(lambda session, query=query: session.scalar(query))  # type: ignore[misc]  # bound now
        if text is None:
            return
        for entry in json.loads(text):
            yield entry
        part += 1
