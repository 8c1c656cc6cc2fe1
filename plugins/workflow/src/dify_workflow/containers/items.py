"""Running the items of an iteration one after the other."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.workflow import (
    NodeError,
    NodeResult,
    NodeRunIterationFailed,
    NodeRunIterationNext,
    NodeRunIterationStarted,
    NodeRunIterationSucceeded,
    NodeStatus,
)

from ..state.frame import Frame, Group, Place
from ..state.pool import CONVERSATION, Pool, is_missing
from ..state.summary import Summary
from ..state.telling import common
from ..state.usage import Usage

if TYPE_CHECKING:
    from ..state.execution import Execution
    from ..state.machine import Machine
    from .iteration import IterationNode

_ABSENT: Final = object()
_ERROR_TYPE: Final = "IterationNodeError"


class IterationDriver:
    """One execution of an iteration, item by item."""

    def __init__(self, machine: "Machine", execution: "Execution", node: "IterationNode") -> None:
        self.usage = Usage()
        self._machine = machine
        self._execution = execution
        self._id = node.id
        self._config = node.config
        self._plan = machine.graph.compiled.inner[node.id]
        self._items: list[Any] = []
        self._outputs: list[Any] = []
        self._durations: dict[str, float] = {}
        self._began: dict[int, float] = {}
        self._open: dict[int, Frame] = {}

    def begin(self) -> None:
        """See `Driver.begin`."""
        self._items = self._read_items()
        if not self._items:
            self._machine.completed(self._execution, NodeResult(inputs=self._inputs(), outputs={"output": []}))
            return
        self._outputs = [_ABSENT] * len(self._items)
        self._tell(
            NodeRunIterationStarted(
                **common(self._execution),
                node_title=self._execution.node.title,
                start_at=self._machine.at,
                inputs=self._inputs(),
                metadata={"iteration_length": len(self._items)},
            )
        )
        self._go()

    def frames(self) -> Iterable[Frame]:
        """See `Driver.frames`."""
        return list(self._open.values())

    def frame_over(self, frame: Frame) -> None:
        """See `Driver.frame_over`."""
        if not frame.closed:
            self._item_done(frame, frame.pool.get(self._config.output_selector), None)

    def frame_failed(self, frame: Frame, error: str) -> None:
        """See `Driver.frame_failed`."""
        if frame.round not in self._open:
            return
        if self._config.error_handle_mode == "terminated":
            self.usage.merge(frame.usage.metadata())
            self._release(frame)
            self._fail(error)
            return
        tolerated = None if self._config.error_handle_mode == "continue-on-error" else _ABSENT
        self._item_done(frame, tolerated, error)

    def restore(self, summary: Summary) -> None:
        """See `Driver.restore`."""
        frame = self._open[summary.index]
        self._machine.cancel(frame)
        self._machine.compaction.take_over(frame, summary)
        frame.usage = summary.usage
        frame.pool.spaces[CONVERSATION] = summary.conversation
        self._began[summary.index] = self._machine.at - summary.seconds
        self._leave(frame, summary.value if summary.given else _ABSENT)

    # -- items ---------------------------------------------------------------------------------------------------

    def _go(self) -> None:
        self._begin_item(0)

    def _after(self, index: int) -> None:
        if index + 1 < len(self._items):
            self._begin_item(index + 1)
        else:
            self._finish()

    def _release(self, frame: Frame) -> None:
        """Show what the item told; here it was shown at once."""

    def _begin_item(self, index: int) -> None:
        before = self._outputs[index - 1] if index else None
        self._tell_next(index, None if before is _ABSENT else before)
        self._open_item(index)

    def _tell_next(self, index: int, before: Any) -> None:
        title = self._execution.node.title
        fields = common(self._execution)
        self._tell(NodeRunIterationNext(**fields, node_title=title, index=index, pre_iteration_output=before))

    def _open_item(self, index: int) -> None:
        outer = self._execution.frame
        pool = Pool(outer.pool)
        pool.spaces[self._id] = {"item": self._items[index], "index": index}
        self._began[index] = self._machine.at
        self._machine.open(
            self._execution, self._plan, pool, self._sink(index), lambda frame: self._place(frame, index)
        )

    def _sink(self, index: int) -> Any:
        return self._execution.frame.sink

    def _place(self, frame: Frame, index: int) -> None:
        outer = self._execution.frame
        frame.round = index
        frame.place = Place(self._id, outer.place.in_loop_id, index, outer.place.loop_index)
        shown = outer.sink == self._machine.show
        frame.group = Group(f"{self._execution.number}.{index}") if shown else outer.group
        self._open[index] = frame

    def _item_done(self, frame: Frame, output: Any, error: str | None) -> None:
        self._release(frame)
        if (
            self._machine.compaction.wanted
            and frame.group is not self._execution.frame.group
            and frame.group is not None
        ):
            self._machine.compaction.supersede(frame.group, self._summary(frame, output))
        frame.closed = True
        self._leave(frame, output)

    def _summary(self, frame: Frame, output: Any) -> Summary:
        return Summary(
            number=self._execution.number,
            index=frame.round,
            given=output is not _ABSENT,
            value=None if output is _ABSENT else output,
            seconds=self._machine.at - self._began[frame.round],
            conversation=frame.pool.spaces.get(CONVERSATION, {}),
            usage=frame.usage,
        )

    def _leave(self, frame: Frame, output: Any) -> None:
        index = frame.round
        del self._open[index]
        self.usage.merge(frame.usage.metadata())
        outer = self._execution.frame
        if frame.group is not None and outer.group is not None and frame.group is not outer.group:
            outer.group.add(frame.group)
        for name, value in frame.pool.spaces.get(CONVERSATION, {}).items():
            outer.pool.put(CONVERSATION, name, value)
        self._durations[str(index)] = self._machine.at - self._began.pop(index)
        self._outputs[index] = output
        self._after(index)

    # -- the whole -----------------------------------------------------------------------------------------------

    def _read_items(self) -> list[Any]:
        selector = self._config.iterator_selector
        value = self._execution.frame.pool.find(selector)
        if is_missing(value):
            raise NodeError(f"the list {'.'.join(selector)} to iterate over does not exist", error_type=_ERROR_TYPE)
        if value is None:
            return []
        if not isinstance(value, list):
            raise NodeError(f"{'.'.join(selector)} is not a list to iterate over", error_type=_ERROR_TYPE)
        return value

    def _inputs(self) -> dict[str, Any]:
        return {"iterator_selector": self._items}

    def _tell(self, event: Any) -> None:
        self._machine.emit(self._execution.frame, event)

    def _result_list(self) -> list[Any]:
        outputs = [output for output in self._outputs if output is not _ABSENT]
        given = [output for output in outputs if output is not None]
        if self._config.flatten_output and given and all(isinstance(output, list) for output in given):
            return [item for output in given for item in output]
        return outputs

    def _finish(self) -> None:
        outputs = {"output": self._result_list()}
        metadata = self._metadata()
        self._tell(NodeRunIterationSucceeded(**self._ending(outputs, metadata)))
        self._machine.completed(self._execution, NodeResult(inputs=self._inputs(), outputs=outputs, metadata=metadata))

    def _fail(self, error: str) -> None:
        for frame in self.frames():
            self._machine.cancel(frame)
        self._open.clear()
        outputs = {"output": [output for output in self._outputs if output is not _ABSENT]}
        metadata = self._metadata()
        self._tell(NodeRunIterationFailed(**self._ending(outputs, metadata), error=error))
        result = NodeResult(
            inputs=self._inputs(), metadata=metadata, status=NodeStatus.FAILED, error=error, error_type=_ERROR_TYPE
        )
        self._machine.failed(self._execution, result)

    def _metadata(self) -> dict[str, Any]:
        return {**self.usage.metadata(), "iteration_duration_map": self._durations}

    def _ending(self, outputs: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        return {
            **common(self._execution),
            "node_title": self._execution.node.title,
            "start_at": self._execution.start_at,
            "inputs": self._inputs(),
            "outputs": outputs,
            "metadata": metadata,
            "steps": len(self._items),
        }
