"""Background tasks: the service `Tasks`, what plugins contribute to it, and the seam of task brokers.

A task is first a row in the transaction that wants it, so an accepted task survives the death of every process. It runs
at least once: write handlers so that a second run does no harm. While the process that runs it lives, nobody else does.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from .errors import DifyRuntimeError
from .events import Event

type Handler = Callable[..., Awaitable[Any]]
"""An async function of named arguments that JSON can carry. A parameter annotated `TaskContext` gets the context. What
it returns is the result: whatever pydantic can write as JSON."""
type TaskState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class TaskError(DifyRuntimeError):
    """Root of the errors of tasks."""

    code = "task_error"


class TaskArgumentsError(TaskError):
    """The arguments do not fit the task's handler; names the arguments, never their values."""

    code = "invalid_task_arguments"


class TaskTimeoutError(TaskError):
    """A task ran longer than its time limit and was cancelled."""

    code = "task_timeout"


class TaskBrokerError(TaskError):
    """A task broker cannot be reached, or refused; says which, never its password."""

    code = "task_broker_error"


@dataclass(frozen=True, slots=True)
class Retry:
    """What follows when a handler raises one of `on`; anything else fails the task at once.

    `attempts` counts all runs. The pause before the second is `delay` seconds, `factor` times as long before each
    further one, at most `longest`, and longer by a random part of up to `jitter` times itself.
    """

    attempts: int = 1
    delay: float = 1.0
    factor: float = 2.0
    longest: float = 600.0
    jitter: float = 0.2
    on: tuple[type[Exception], ...] = (Exception,)

    def pause(self, attempt: int) -> float:
        """Seconds to wait after run number `attempt` (from 1)."""
        base = min(self.longest, self.delay * self.factor ** min(attempt - 1, 64))
        return base * random.uniform(1.0, 1.0 + self.jitter)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of task, contributed by the hook `tasks`.

    `timeout` limits one run, seconds; None = no limit. `keep` is how long the result of a success can be read, seconds.
    """

    name: str
    handler: Handler
    queue: str = "default"
    retry: Retry = Retry()
    timeout: float | None = None
    keep: float = 3600.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task that is due again and again, contributed by the hook `schedules`; give `cron` or `every`.

    `cron` has five fields (minute, hour, day of month, month, day of week) in the zone of `LOG_TZ`; `every` is seconds,
    counted from the epoch. Of due times that passed while no scheduler ran, only the latest is made up for.
    """

    name: str
    task: str
    cron: str | None = None
    every: float | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


class TaskContext(Protocol):
    """The run that a handler is in."""

    @property
    def id(self) -> str:
        """The task's id: the same in every run, so fit to make effects idempotent."""
        ...

    @property
    def name(self) -> str:
        """The name of the kind of task."""
        ...

    @property
    def attempt(self) -> int:
        """The number of this run, from 1; runs that were cut off by a dying process count."""
        ...

    async def progress(self, value: Any) -> None:
        """Tell how far it is: anything pydantic can write as JSON. Readable by `Tasks.status` when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """What is known of a task. Times are naive UTC. The arguments are not shown: they can hold secrets."""

    id: str
    name: str
    queue: str
    state: TaskState
    attempt: int
    created_at: datetime
    due_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Any = None
    result: Any = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TaskCall:
    """One run of a task, as interceptors see it (`Interceptor.call_type`); the result is what the handler returned."""

    id: str
    name: str
    queue: str
    attempt: int
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TaskFinished(Event):
    """A task has ended for good, and its row says so. Published in the process that ran it, at least once."""

    id: str
    name: str
    state: TaskState


class Tasks(Protocol):
    """The service: accept tasks, and tell what became of them. Raises what the database raises."""

    async def enqueue(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        transaction: Any = None,
        delay: float | None = None,
        id: str | None = None,  # noqa: A002 - what it is called everywhere
    ) -> str:
        """Accept a task and return its id; it runs soon, or `delay` seconds from now at the earliest.

        `transaction` is the session of a database unit: the task exists if and when that is committed. Without one the
        task is accepted when this returns. With an `id` that was accepted before, nothing happens.

        Raises `UnknownNameError` for a task that no plugin contributes, and `TaskArgumentsError`.
        """
        ...

    async def status(self, task_id: str) -> TaskStatus | None:
        """What is known of a task; None when it is unknown or has expired."""
        ...

    async def find(
        self, *, state: TaskState | None = None, queue: str | None = None, limit: int = 100
    ) -> Sequence[TaskStatus]:
        """Tasks, the newest first."""
        ...

    async def cancel(self, task_id: str) -> bool:
        """Cancel a task that has not ended; False when there is none. A running one is cancelled within seconds."""
        ...

    async def retry(self, task_id: str) -> bool:
        """Queue a failed or cancelled task anew, all its attempts before it; False when there is none."""
        ...

    async def purge(self, *, state: TaskState | None = None, queue: str | None = None) -> int:
        """Forget tasks that do not run; returns how many. None = those that have ended."""
        ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """A task that is due, as a broker carries it: where it belongs and which it is, nothing of what is in it."""

    id: str
    queue: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A parcel that a broker has handed out; `receipt` is the broker's own."""

    parcel: Parcel
    receipt: Any = None


class TaskBroker(Protocol):
    """Carries parcels from those who accept tasks to those who run them; a service, one per process.

    The rows in the database say what is to be done: a parcel may be lost (it is sent again after a while) and may come
    twice (the second finds the row taken). A broker makes it quick. Methods raise `TaskBrokerError` when it cannot be
    reached; it recovers by itself.
    """

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels; one that is held already need not be taken twice."""
        ...

    async def receive(self, queues: Sequence[str], *, limit: int, wait: float) -> Sequence[Delivery]:
        """Hand out at most `limit` parcels, those of earlier queues first; empty when none came in `wait` seconds.

        Includes those that others received and neither finished nor kept for a while. Called by one task at a time.
        """
        ...

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these are being worked on; called every few seconds."""
        ...

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        """Forget these."""
        ...
