"""The service `Tasks`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from dify_database import Database, DatabaseUnavailable, after_commit, uuid7_text
from dify_runtime_sdk.tasks import Parcel, Task, TaskError, TaskState, TaskStatus

from .announcing import Announcer
from .batches import Batcher
from .catalogue import Catalogue
from .clock import Clock
from .rows import asking
from .rows.accepting import NewTask, accept

_LONGEST_ID = 255
"""Characters that the column holds."""


class TaskService:
    """`Tasks` on rows; `on_cancel` tells the worker of this process, if there is one."""

    def __init__(self, database: Database, catalogue: Catalogue, announcer: Announcer, keep_failed: float) -> None:
        self._database = database
        self._clock = Clock(database.dialect)
        self._catalogue = catalogue
        self._announcer = announcer
        self._keep_failed = keep_failed
        self._accepting: Batcher[NewTask] = Batcher(
            self._accept_all, name="tasks: accept", common=(DatabaseUnavailable,)
        )
        self.on_cancel: Callable[[str], None] | None = None

    async def enqueue(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        transaction: Any = None,
        delay: float | None = None,
        id: str | None = None,  # noqa: A002 - the seam's name for it
    ) -> str:
        """See `Tasks.enqueue`."""
        new = self._prepare(name, arguments or {}, delay=delay, task_id=id)
        if transaction is None:
            await self._accepting.put(new)
        else:
            await self._accept([new], transaction)
        return new.id

    def _prepare(self, name: str, arguments: Mapping[str, Any], *, delay: float | None, task_id: str | None) -> NewTask:
        """Check a task that is to be accepted."""
        task: Task = self._catalogue.tasks[name]
        if task_id is not None and not 0 < len(task_id) <= _LONGEST_ID:
            raise TaskError(f"the id of a task has 1 to {_LONGEST_ID} characters, this one {len(task_id)}")
        text = self._catalogue.arguments(name).dump(arguments)
        return NewTask(task_id or uuid7_text(), name, task.queue, text, max(0.0, delay or 0.0), unique=task_id is None)

    async def _accept_all(self, new: Sequence[NewTask]) -> None:
        """Accept what nobody's transaction waits for, in one of ours."""
        await self._database.write(partial(self._accept, new))

    async def _accept(self, new: Sequence[NewTask], session: Any) -> None:
        """Add rows to a transaction; the broker hears of them after the commit."""
        await accept(session, self._clock, new)
        due = [Parcel(one.id, one.queue) for one in new if one.delay <= 0]
        if due:
            after_commit(session, partial(self._announce, due))

    async def _announce(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._announcer.announce(parcel)

    async def close(self) -> None:
        """Finish what is under way."""
        await self._accepting.close()
        await self._announcer.close()

    async def status(self, task_id: str) -> TaskStatus | None:
        """See `Tasks.status`."""
        return await self._database.read(partial(asking.status, task_id=task_id))

    async def find(
        self, *, state: TaskState | None = None, queue: str | None = None, limit: int = 100
    ) -> Sequence[TaskStatus]:
        """See `Tasks.find`."""
        return await self._database.read(partial(asking.find, state=state, queue=queue, limit=limit))

    async def cancel(self, task_id: str) -> bool:
        """See `Tasks.cancel`."""
        found = await self._database.write(partial(asking.cancel, task_id=task_id, keep=self._keep_failed))
        if found == "running" and self.on_cancel is not None:
            self.on_cancel(task_id)
        return found is not None

    async def retry(self, task_id: str) -> bool:
        """See `Tasks.retry`."""
        queue = await self._database.write(partial(asking.retry, clock=self._clock, task_id=task_id))
        if queue is not None:
            self._announcer.announce(Parcel(task_id, queue))
        return queue is not None

    async def purge(self, *, state: TaskState | None = None, queue: str | None = None) -> int:
        """See `Tasks.purge`."""
        return await self._database.write(partial(asking.purge, state=state, queue=queue))
