"""Running several items of an iteration at a time; what an item tells is shown together when it ends."""

from typing import TYPE_CHECKING, Any, Final

from ..state.frame import Frame
from ..state.summary import Summary
from .items import IterationDriver

if TYPE_CHECKING:
    from dify_runtime_sdk.workflow import Event

_AT_ONCE: Final = 256
"""Announcements of items per step, so that a long list does not hold up the loop."""


class ParallelDriver(IterationDriver):
    """One execution of a parallel iteration: all items are announced first, then run `parallel_nums` at a time."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._batches: dict[int, list[Event]] = {}
        self._announced = 0
        self._taken_up = 0
        self._left = 0

    def _go(self) -> None:
        self._left = len(self._items)
        self._announce()

    def _announce(self) -> None:
        until = min(self._announced + _AT_ONCE, len(self._items))
        for index in range(self._announced, until):
            self._tell_next(index, None)
        self._announced = until
        if until < len(self._items):
            self._machine.pending.append(self._announce)
            return
        for _ in range(min(self._config.parallel_nums, len(self._items))):
            self._take_up()

    def _take_up(self) -> None:
        index = self._taken_up
        self._taken_up += 1
        self._open_item(index)

    def _sink(self, index: int) -> Any:
        batch = self._batches[index] = []
        return batch.append

    def _release(self, frame: Frame) -> None:
        sink = self._execution.frame.sink
        for event in self._batches.pop(frame.round, ()):
            sink(event)

    def restore(self, summary: Summary) -> None:
        """See `Driver.restore`."""
        self._batches.pop(summary.index)
        super().restore(summary)

    def _after(self, index: int) -> None:
        self._left -= 1
        if self._taken_up < len(self._items):
            self._take_up()
        elif not self._left:
            self._finish()

    def _result_list(self) -> list[Any]:
        outputs = super()._result_list()
        if self._config.error_handle_mode == "remove-abnormal-output":
            return [output for output in outputs if output is not None]
        return outputs
