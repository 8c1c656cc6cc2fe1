"""The service that runs apps."""

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from dify_database import Database
from dify_runtime_sdk.cache import Cache, LockTimeoutError

from ..api import App, AppMode, Caller, PreparedRun, RunReader, RunRequest, StartedRun, WireEvent
from ..errors import AppUnavailable, TooManyRequests
from ..settings import AppsSettings
from ..tables.runs import RUNTIME_RUNS
from .active import ActiveRun, ActiveRuns
from .failures import as_event, as_http_error
from .forms import free, waiting_caller
from .log import PAUSED, RunLog
from .modes import Modes
from .readers import AwaitedReader, LocalReader, StoredReader
from .record import LostRunError, RunRecord
from .relay import relay
from .stopping import BY_USER, Stopping

_log: Final = logging.getLogger(__name__)

_PATIENCE: Final = 2.0
"""Seconds without news of a run in another process after which its row is looked at."""
_ALONE_PATIENCE: Final = 0.1
"""The same where there is no other process: the run is about to be taken over by this one."""


class GeneratorService:
    """Runs apps as tasks of this process; satisfies `Generator`.

    `holder` names this process in rows; `alone`: no other process shares the database.
    """

    def __init__(
        self,
        modes: Modes,
        database: Database,
        cache: Cache,
        settings: AppsSettings,
        *,
        holder: str,
        alone: bool,
    ) -> None:
        self._modes = modes
        self._database = database
        self._cache = cache
        self._settings = settings
        self.hold = settings.RUN_HOLD_SECONDS
        """Seconds for which a run belongs to this process, from the last time that it said so."""
        self._alone = alone
        self._tasks: dict[asyncio.Task[None], ActiveRun] = {}
        self._helpers: set[asyncio.Task[None]] = set()
        self.holder = holder
        self.awake = asyncio.Event()
        self.active = ActiveRuns()
        self.stopping = Stopping(cache, self.active, alone=alone)

    async def generate(self, request: RunRequest) -> StartedRun:
        """Prepare and begin a run."""
        mode = await self._modes.get(request.app.mode)
        if mode is None:
            raise AppUnavailable
        async with AsyncExitStack() as slot:
            await self._enter(slot, request.app)
            prepared = await mode.prepare(request)
            run = self._make(mode, prepared)
            run.record(*prepared.writes)
            self.begin(run, slot.pop_all())
        if request.streaming:
            self._spawn(self._open(run))
        await self.stopping.announce(run)
        return LocalReader(run)

    def resume(self, mode: AppMode, prepared: PreparedRun, *, parts: int, told: Sequence[WireEvent] = ()) -> ActiveRun:
        """Go on with a run that waited, or whose process died; `parts` of its journal are there.

        `told` is what it told before it waited.
        """
        run = self._make(mode, prepared, known=True, parts=parts, told=told)
        run.log.open()
        self.begin(run, AsyncExitStack())
        return run

    async def reader(self, *, run_id: str, app_id: str) -> RunReader | None:
        """A reader of a run that goes on or ended lately, in any process."""
        run = self._under_way(run_id)
        if run is None:
            row = await self._row(run_id, app_id)
            if row is None:
                return None
            if row.ended_at is not None:
                return StoredReader(row.task_id, json.loads(row.events))
            run = self._under_way(run_id)  # taken over meanwhile
        if run is not None:
            return LocalReader(run) if run.prepared.request.app.id == app_id else None

        async def look() -> RunReader | None:
            found = await self.reader(run_id=run_id, app_id=app_id)
            return None if isinstance(found, AwaitedReader) else found

        waits = row.held_until is None
        patience = _ALONE_PATIENCE if self._alone and not waits else _PATIENCE
        told = json.loads(row.events or "[]")
        return AwaitedReader(row.task_id, self._cache.streams, look, patience, events=told, waits=waits)

    async def _is_of(self, task_id: str, app_id: str) -> bool:
        run = self.active.of_task(task_id)
        if run is not None:
            return run.prepared.request.app.id == app_id
        table = RUNTIME_RUNS.c
        query = select(table.task_id).where(table.task_id == task_id, table.app_id == app_id)
        return (await self._database.read(lambda session: session.execute(query))).first() is not None

    def _under_way(self, run_id: str) -> ActiveRun | None:
        """The run, if this process has not told its last event: then its row says what became of it."""
        run = self.active.of_run(run_id)
        return None if run is None or run.log.over else run

    async def _row(self, run_id: str, app_id: str) -> Any:
        table = RUNTIME_RUNS.c
        columns = table.task_id, table.events, table.held_until, table.ended_at
        query = select(*columns).where(table.run_id == run_id, table.app_id == app_id)
        return (await self._database.read(lambda session: session.execute(query))).first()

    def wake(self) -> None:
        """Have a look now at the runs that may go on."""
        self.awake.set()

    async def stop(self, task_id: str, *, caller: Caller | None, app_id: str | None = None) -> None:
        """Ask a run to end early, in whichever process it is."""
        if app_id is not None and not await self._is_of(task_id, app_id):
            return
        if self.active.of_task(task_id) is None and await self._stop_waiting(task_id, caller):
            return
        await self.stopping.stop(task_id, caller)

    async def _stop_waiting(self, task_id: str, caller: Caller | None) -> bool:
        """Have a run that waits taken up to be ended; False when it does not wait."""
        owner = await waiting_caller(self._database, task_id) if _is_uuid(task_id) else None
        if owner is None:
            return False
        if caller is None or owner == caller.id:
            await self.stopping.remember(task_id)
            await free(self._database, task_id)
            self.wake()
        return True

    async def close(self) -> None:
        """End this process's part in its runs: those that can go on elsewhere are left to be taken over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for helper in self._helpers:
            helper.cancel()
        await asyncio.gather(*self._helpers, return_exceptions=True)

    # -- one run -------------------------------------------------------------------------------------------------

    def begin(self, run: ActiveRun, slot: AsyncExitStack) -> None:
        """Start the task of a run."""
        self.active.add(run)
        task = asyncio.create_task(self._run(run, slot), name=f"run {run.prepared.run_id}")
        self._tasks[task] = run
        task.add_done_callback(self._tasks.pop)
        if not self._alone:
            keep = float(self._settings.RUN_EVENTS_SECONDS or 60)
            self._spawn(relay(run.prepared.task_id, run.log, self._cache.streams, keep=keep))

    def _make(
        self,
        mode: AppMode,
        prepared: PreparedRun,
        *,
        known: bool = False,
        parts: int = 0,
        told: Sequence[WireEvent] = (),
    ) -> ActiveRun:
        record = RunRecord(self._database, prepared, self.holder, hold=self.hold, known=known, parts=parts)
        again = sum(event["event"] == PAUSED for event in told)
        log = RunLog(told)
        return ActiveRun(mode=mode, prepared=prepared, log=log, record_=record, told=len(told), again=again)

    async def _run(self, run: ActiveRun, slot: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        limit = loop.call_later(self._settings.APP_MAX_EXECUTION_TIME, run.stop, BY_USER)
        try:
            async with slot:
                await run.mode.run(run.prepared, run)
                if not run.log.over:
                    raise RuntimeError(f"the app mode {run.mode.name!r} left a run without an end")
        except LostRunError as error:
            _log.warning("%s", error)
            run.log.close()
        except Exception as error:  # whatever a mode raises ends its run, and is told
            await self._fail(run, error)
        finally:
            limit.cancel()
            await run.record_.close()
            self.active.drop(run)  # readers keep its log; those that come later read its row

    async def _fail(self, run: ActiveRun, error: Exception) -> None:
        answer = as_http_error(error, run.prepared.run_id)
        event = as_event(answer)
        try:
            run.record(*run.mode.failed(run.prepared.run_id, run.prepared.request.app.id, answer.message))
            await run.end(event)
        except Exception:  # the database is away: its row says later that nobody holds the run
            _log.exception("the end of run %s could not be recorded", run.prepared.run_id)
            run.emit(event)
            run.log.close()

    async def _open(self, run: ActiveRun) -> None:
        """Let readers begin once the first rows are committed."""
        try:
            await run.committed()
        except Exception as error:  # the run's own end says so too
            _log.warning("the beginning of run %s could not be recorded: %s", run.prepared.run_id, error)

    async def _enter(self, slot: AsyncExitStack, app: App) -> None:
        limit = active_limit(app, self._settings)
        if limit is None:
            return
        key = f"dify:rate_limit:{app.id}:active_requests"
        try:
            await slot.enter_async_context(self._cache.limits.slot(key, limit=limit))
        except LockTimeoutError as error:
            raise TooManyRequests(
                f"Too many requests. Please try again later. The current maximum concurrent requests allowed "
                f"for {app.id} is {limit}."
            ) from error

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._helpers.add(task)
        task.add_done_callback(self._helpers.discard)


def active_limit(app: App, settings: AppsSettings) -> int | None:
    """How many runs an app may have at once; None = any number."""
    candidates = (app.max_active_requests or settings.APP_DEFAULT_ACTIVE_REQUESTS, settings.APP_MAX_ACTIVE_REQUESTS)
    return min((limit for limit in candidates if limit > 0), default=None)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
