"""The tasks that this process holds."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dify_runtime_sdk.tasks import Delivery

from ..rows.taking import Taken

if TYPE_CHECKING:
    import asyncio

type Stop = Literal["cancelled", "lost", "released", "timeout"]
"""Why a run was cut off: somebody cancelled the task, the lease ran out, the worker stops, or the time was up."""


@dataclass(slots=True, eq=False)
class Run:
    """One run of a task; `kept_until` is when its lease ends, in the loop's time."""

    taken: Taken
    delivery: Delivery
    kept_until: float
    stop: Stop | None = None
    acknowledged: bool = False
    work: "asyncio.Task[object] | None" = None

    def cut(self, why: Stop) -> None:
        """Cancel the handler, or see that it never begins."""
        if self.stop is None:
            self.stop = why
            if self.work is not None:
                self.work.cancel()


@dataclass(slots=True)
class Runs:
    """All runs of a worker by the id of the task."""

    by_id: dict[str, Run] = field(default_factory=dict)

    def cut(self, task_id: str, why: Stop) -> None:
        """Cut off the run of a task, if there is one."""
        run = self.by_id.get(task_id)
        if run is not None:
            run.cut(why)

    def cut_all(self, why: Stop) -> None:
        """Cut off all runs."""
        for run in list(self.by_id.values()):
            run.cut(why)
