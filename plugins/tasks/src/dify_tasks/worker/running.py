"""One run of a handler, and what its end means."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from dify_runtime_sdk import DifyRuntimeError, Interceptors
from dify_runtime_sdk.tasks import Task, TaskArgumentsError, TaskCall, TaskContext, TaskError, TaskTimeoutError

from ..catalogue import Catalogue
from ..rows.ending import Ended
from .runs import Run

_log = logging.getLogger("dify_tasks")

_UNKNOWN_AGAIN = 30.0
"""Seconds after which a task that this worker does not know is offered again: another may, during an upgrade."""
_LONGEST_ERROR = 2000
"""Characters of an error that are kept."""


class Runner:
    """Runs handlers; `context` makes what a handler sees of its run."""

    def __init__(
        self,
        catalogue: Catalogue,
        interceptors: Interceptors,
        context: Callable[[Run], TaskContext],
        *,
        keep_failed: float,
    ) -> None:
        self._catalogue = catalogue
        self._interceptors = interceptors
        self._context = context
        self._keep_failed = keep_failed

    async def run(self, run: Run) -> Ended | None:
        """Run a task once and say how it ended; None when that is for others to say."""
        taken = run.taken
        task = self._catalogue.tasks.get(taken.name)
        if task is None:
            error = f"no plugin of this worker contributes task {taken.name!r}"
            _log.error("task %s cannot run: %s", taken.id, error)
            return Ended(taken.id, "queued", error=error, again=_UNKNOWN_AGAIN, deliveries=taken.deliveries)
        try:
            arguments = self._catalogue.arguments(taken.name).load(taken.arguments)
            result = await self._limited(task, run, arguments)
            return Ended(taken.id, "succeeded", result=_json(result), keep=task.keep)
        except asyncio.CancelledError:
            return self._cut(task, run)
        except Exception as error:
            return self._failed(task, run, error)

    async def _limited(self, task: Task, run: Run, arguments: dict[str, Any]) -> Any:
        """Await the handler in a context of its own, within its time limit."""
        if run.stop is not None:
            raise asyncio.CancelledError
        name = f"task {task.name} {run.taken.id}"
        run.work = asyncio.get_running_loop().create_task(
            self._call(task, run, arguments), name=name, context=Context()
        )
        try:
            done, _ = await asyncio.wait({run.work}, timeout=task.timeout)
            if not done:
                run.cut("timeout")
                await asyncio.wait({run.work})
        except asyncio.CancelledError:
            run.cut("released")
            await asyncio.wait({run.work})
            raise
        return run.work.result()

    async def _call(self, task: Task, run: Run, arguments: dict[str, Any]) -> Any:
        extra = dict.fromkeys(self._catalogue.arguments(task.name).context, self._context(run))

        async def proceed(call: TaskCall) -> Any:
            return await task.handler(**call.arguments, **extra)

        named: Mapping[str, Any] = arguments
        call = TaskCall(run.taken.id, task.name, run.taken.queue, run.taken.attempt, named)
        return await self._interceptors.run(call, proceed)

    def _cut(self, task: Task, run: Run) -> Ended | None:
        match run.stop:
            case "cancelled":
                return Ended(run.taken.id, "cancelled", keep=self._keep_failed)
            case "lost" | "released":
                return None
            case "timeout":
                error = TaskTimeoutError(f"task {task.name!r} ran longer than {task.timeout:g} s")
                return self._failed(task, run, error)
        return self._failed(task, run, TaskError(f"task {task.name!r} cancelled itself"))

    def _failed(self, task: Task, run: Run, error: Exception) -> Ended:
        """Decide on another attempt. The arguments are in no message of ours."""
        taken, retry = run.taken, task.retry
        if run.stop == "cancelled":
            return Ended(taken.id, "cancelled", keep=self._keep_failed)
        text = str(error) if isinstance(error, DifyRuntimeError) else f"{type(error).__name__}: {error}"
        text = text[:_LONGEST_ERROR]
        trace = None if isinstance(error, DifyRuntimeError) else error
        again = isinstance(error, retry.on) and not isinstance(error, TaskArgumentsError)
        if again and taken.attempt < retry.attempts:
            pause = retry.pause(taken.attempt)
            _log.warning(
                "task %s %s failed in attempt %d of %d, next in %.1f s: %s",
                *(task.name, taken.id, taken.attempt, retry.attempts, pause, type(error).__name__),
                exc_info=trace,
            )
            return Ended(taken.id, "queued", error=text, again=pause)
        _log.error("task %s %s failed: %s", task.name, taken.id, type(error).__name__, exc_info=trace)
        return Ended(taken.id, "failed", error=text, keep=self._keep_failed)


def _json(result: Any) -> str | None:
    if result is None:
        return None
    try:
        return to_json(result).decode()
    except (PydanticSerializationError, ValueError) as error:
        raise TaskError(f"the result, a {type(result).__name__}, cannot be written as JSON") from error
