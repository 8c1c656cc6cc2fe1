"""The parts of a worker, put together."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from dify_database import Database, DatabaseUnavailable
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.tasks import Delivery, TaskBroker, TaskBrokerError, Tasks

from ..batches import Batcher
from ..catalogue import Catalogue
from ..clock import Clock
from ..rows.ending import Ended
from ..rows.taking import give_back
from ..service import TaskService
from ..settings import TaskSettings
from .context import RunContext
from .ends import Ends
from .intake import Intake
from .keeping import Keeper
from .running import Runner
from .runs import Run, Runs
from .upkeep import Relay, sweep

if TYPE_CHECKING:
    from taskiq.receiver import Receiver

_log = logging.getLogger("dify_tasks")

_RESTART = 1.0
"""Seconds before taskiq's receiver is begun anew after an error."""
_LAST = 1.0
"""Seconds that cancelled handlers get to end in."""


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """Run tasks inside the block; at its end those that run may finish, within `TASK_STOP_TIMEOUT`."""
    settings = runtime.settings(TaskSettings)
    database = await runtime.services.get(Database)
    worker = Worker(
        runtime,
        settings,
        database=database,
        broker=await runtime.services.get(TaskBroker),
        catalogue=await runtime.services.get(Catalogue),
    )
    service = await runtime.services.get(Tasks)
    if isinstance(service, TaskService):
        service.on_cancel = partial(worker.runs.cut, why="cancelled")
    await worker.start()
    try:
        yield
    finally:
        if isinstance(service, TaskService):
            service.on_cancel = None
        await worker.stop()


class Worker:
    """Takes tasks and runs them; made for one start."""

    def __init__(
        self, runtime: Runtime, settings: TaskSettings, *, database: Database, broker: TaskBroker, catalogue: Catalogue
    ) -> None:
        self.holder = uuid.uuid4().hex
        self.runs = Runs()
        self._runtime = runtime
        self._settings = settings
        self._database = database
        self._broker = broker
        self._catalogue = catalogue
        self._clock = Clock(database.dialect)
        self._keeper = Keeper(database, broker, self.runs, holder=self.holder, lease=settings.TASK_LEASE)
        self._ends = Ends(database, self.runs, self.holder)
        self._acknowledged: Batcher[Delivery] = Batcher(self._forget, name="tasks: acknowledge")
        self._runner = Runner(catalogue, runtime.interceptors, self._context, keep_failed=settings.TASK_KEEP_FAILED)
        self._intake = Intake(
            database,
            broker,
            self.runs,
            self._keeper,
            queues=catalogue.queues(settings.TASK_QUEUES),
            room=settings.TASK_CONCURRENCY,
            holder=self.holder,
            lease=settings.TASK_LEASE,
            wait=settings.TASK_POLL_INTERVAL,
        )
        self._finish = asyncio.Event()
        self._receiving: asyncio.Task[None] | None = None
        self._upkeep: list[asyncio.Task[None]] = []

    def _context(self, run: Run) -> RunContext:
        return RunContext(run.taken, self._database, self.holder)

    async def start(self) -> None:
        """Begin to take tasks."""
        spawn = self._runtime.spawn
        self._receiving = asyncio.create_task(self._receive(), name="tasks: receiver")
        self._upkeep = [
            spawn(self._keeper.run(), name="leases"),
            spawn(sweep(self._database), name="sweep"),
        ]
        if self._settings.TASK_BROKER != "rows":  # where the rows are the queue, there is nobody to relay to
            relay = Relay(self._database, self._broker, self._settings)
            self._upkeep.append(spawn(relay.run(), name="relay"))

    async def _receive(self) -> None:
        """Have taskiq receive until the stop, from the first task on."""
        while not self._finish.is_set():
            try:
                await self._first()
                if not self._finish.is_set():
                    await (await self._receiver()).listen(self._finish)
            except Exception:
                _log.exception("the receiver failed and is begun anew")
                await asyncio.sleep(_RESTART)

    async def _first(self) -> None:
        """Wait for a task, or for the stop."""
        waiting = [asyncio.create_task(one) for one in (self._intake.begin(), self._finish.wait())]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        for one in done:
            one.result()

    async def _receiver(self) -> "Receiver":
        # taskiq brings an HTTP client and more, which no boot should wait for, nor requests to this process
        await asyncio.to_thread(import_module, f"{__package__}.broker")
        from .broker import make_receiver

        return make_receiver(
            self._intake,
            self._catalogue.tasks,
            run=self._run,
            save=self._end,
            acknowledge=self._acknowledge,
            concurrency=self._settings.TASK_CONCURRENCY,
        )

    async def _run(self, task_id: str) -> Ended | None:
        run = self.runs.by_id[task_id]
        if run.taken.cancelling:
            run.cut("cancelled")
        if run.taken.deliveries > self._settings.TASK_DELIVERY_LIMIT:
            error = f"its worker died or was lost in {run.taken.deliveries - 1} runs in a row"
            _log.error("task %s %s has failed: %s", run.taken.name, task_id, error)
            return Ended(task_id, "failed", error=error, keep=self._settings.TASK_KEEP_FAILED)
        return await self._runner.run(run)

    async def _end(self, task_id: str, ended: Ended | None) -> None:
        run = self.runs.by_id.get(task_id)
        if ended is not None and ended.again is not None and run is not None:
            # before the row is due again: what the broker still holds it does not take anew
            run.acknowledged = True
            await self._acknowledged.put(run.delivery)
        await self._ends.write(task_id, ended)

    async def _acknowledge(self, task_id: str) -> None:
        """Forget a run: its row says how it ended, or its lease will run out."""
        run = self.runs.by_id.pop(task_id, None)
        if run is not None and not run.acknowledged:
            await self._acknowledged.put(run.delivery)

    async def _forget(self, deliveries: Sequence[Delivery]) -> None:
        try:
            await self._broker.done(deliveries)
        except TaskBrokerError as error:
            _log.debug("%s; what it delivers again is refused", error)

    async def stop(self) -> None:
        """Take nothing more, let running tasks end, and give the others back."""
        self._finish.set()
        receiving = self._receiving
        if receiving is not None:
            done, _ = await asyncio.wait({receiving}, timeout=self._settings.TASK_STOP_TIMEOUT)
            if not done:
                _log.warning("%d tasks still run and are given back", len(self.runs.by_id))
                self.runs.cut_all("released")
                await asyncio.wait({receiving}, timeout=_LAST)
            receiving.cancel()
            with suppress(asyncio.CancelledError):
                await receiving
        for task in self._upkeep:
            task.cancel()
        await self._ends.close()
        await self._forget([run.delivery for run in self.runs.by_id.values()])
        await self._acknowledged.close()
        with suppress(DatabaseUnavailable):  # the leases run out by themselves
            await self._database.write(partial(give_back, clock=self._clock, holder=self.holder))
