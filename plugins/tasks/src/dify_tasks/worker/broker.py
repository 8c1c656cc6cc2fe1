"""The worker's taskiq broker: it lists runs, and keeps how they ended in their rows."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Final

from taskiq import (
    AckableMessage,
    AsyncBroker,
    AsyncResultBackend,
    BrokerMessage,
    TaskiqFormatter,
    TaskiqMessage,
    TaskiqResult,
)
from taskiq.decor import AsyncTaskiqDecoratedTask
from taskiq.receiver import Receiver

from dify_runtime_sdk.tasks import TaskError

from ..rows.ending import Ended
from .intake import Intake
from .runs import Run

_UNKNOWN: Final = "unknown task"
"""What a task is called here that no plugin of this worker contributes."""

type RunTask = Callable[[str], Awaitable[Ended | None]]
"""Runs a task by its id."""
type SaveEnd = Callable[[str, Ended | None], Awaitable[None]]
"""Writes how the run of a task ended."""
type Acknowledge = Callable[[str], Awaitable[None]]
"""Forgets a task by its id."""


def make_receiver(
    intake: Intake, names: Iterable[str], *, run: RunTask, save: SaveEnd, acknowledge: Acknowledge, concurrency: int
) -> Receiver:
    """What runs what `intake` gives, at most `concurrency` at once."""
    broker = RunBroker(intake, names, run, acknowledge)
    broker.is_worker_process = True
    broker.with_result_backend(RowResults(save))
    return Receiver(broker, validate_params=False, max_async_tasks=concurrency)


class _Registered(AsyncTaskiqDecoratedTask[Any, Any]):
    """A task as taskiq knows it. taskiq's own class renames the function and puts it into its module, for good."""

    def __init__(
        self,
        broker: AsyncBroker,
        task_name: str,
        original_func: Callable[..., Any],
        labels: dict[str, Any],
        return_type: type[Any] | None = None,
    ) -> None:
        self.broker = broker
        self.task_name = task_name
        self.original_func = original_func
        self.labels = labels
        self.return_type = return_type


class RunBroker(AsyncBroker):
    """Gives taskiq's receiver one message per run. Messages hold ids only: taskiq logs them."""

    def __init__(self, intake: Intake, names: Iterable[str], run: RunTask, acknowledge: Acknowledge) -> None:
        """`run` runs a task by its id, whatever its name."""
        super().__init__()
        self.decorator_class = _Registered
        self.formatter = RunFormatter()
        self._intake = intake
        self._acknowledge = acknowledge
        for name in (_UNKNOWN, *names):
            self.register_task(run, task_name=name)

    async def kick(self, message: BrokerMessage) -> None:
        """Refuse: a task is accepted by the service `Tasks`, as a row."""
        raise TaskError("a task is accepted by the service Tasks, not by taskiq")

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """One message per run, as they come."""
        while True:
            for run in await self._intake.next():
                yield AckableMessage(data=self._message(run), ack=partial(self._acknowledge, run.taken.id))

    def _message(self, run: Run) -> bytes:
        name = run.taken.name if run.taken.name in self.local_task_registry else _UNKNOWN
        return f"{run.taken.id}\n{name}".encode()


class RunFormatter(TaskiqFormatter):
    """A message is the id of a task and its name: it stays in this process, so it need not say more."""

    def dumps(self, message: TaskiqMessage) -> BrokerMessage:
        """The message of a task."""
        data = f"{message.task_id}\n{message.task_name}".encode()
        return BrokerMessage(task_id=message.task_id, task_name=message.task_name, message=data, labels={})

    def loads(self, message: bytes) -> TaskiqMessage:
        """The call that runs the task."""
        task_id, _, name = message.decode().partition("\n")
        return TaskiqMessage(task_id=task_id, task_name=name, labels={}, args=[task_id], kwargs={})


class RowResults(AsyncResultBackend[Any]):
    """Writes how runs ended; what others ask about results is answered by the service `Tasks`."""

    def __init__(self, save: SaveEnd) -> None:
        self._save = save

    async def set_result(self, task_id: str, result: TaskiqResult[Any]) -> None:
        """Write how a run ended; after an error of ours nothing, so that the lease runs out."""
        ended = result.return_value if isinstance(result.return_value, Ended) else None
        await self._save(task_id, ended)

    async def is_result_ready(self, task_id: str) -> bool:
        """Refuse."""
        raise TaskError("results are read by the service Tasks, not by taskiq")

    async def get_result(self, task_id: str, with_logs: bool = False) -> TaskiqResult[Any]:
        """Refuse."""
        raise TaskError("results are read by the service Tasks, not by taskiq")
