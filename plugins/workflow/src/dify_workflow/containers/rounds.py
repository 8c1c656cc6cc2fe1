"""Running the rounds of a loop."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.workflow import (
    NodeError,
    NodeResult,
    NodeRunLoopFailed,
    NodeRunLoopNext,
    NodeRunLoopStarted,
    NodeRunLoopSucceeded,
    NodeStatus,
    VariableType,
)

from ..errors import JournalError
from ..state.frame import Frame, Place
from ..state.outputs import merge
from ..state.pool import is_missing
from ..state.strategies import message_of
from ..state.summary import Summary
from ..state.telling import common
from ..state.usage import Usage

if TYPE_CHECKING:
    from ..state.execution import Execution
    from ..state.machine import Machine
    from .loop import LoopNode

_ERROR_TYPE: Final = "LoopNodeError"


class LoopDriver:
    """One execution of a loop, round by round, in the variables of the frame around it."""

    def __init__(self, machine: "Machine", execution: "Execution", node: "LoopNode") -> None:
        self.usage = Usage()
        self._machine = machine
        self._execution = execution
        self._node = node
        self._config = node.config
        self._pool = execution.frame.pool
        self._plan = machine.graph.compiled.inner[node.id]
        self._ends = [at for at, inner in enumerate(self._plan.nodes) if inner.type == "loop-end"]
        self._inputs: dict[str, Any] = {}
        self._rounds = 0
        self._began = 0.0
        self._open: Frame | None = None
        self._durations: dict[str, float] = {}
        self._variables: dict[str, Any] = {}

    def begin(self) -> None:
        """See `Driver.begin`."""
        values = {variable.label: self._first_value(variable) for variable in self._config.loop_variables}
        for variable in self._config.loop_variables:
            self._pool.types[self._node.id, variable.label] = VariableType(variable.var_type)
        self._pool.spaces[self._node.id] = values
        self._inputs = {"loop_count": self._config.loop_count, **values}
        self._tell(
            NodeRunLoopStarted(
                **common(self._execution),
                node_title=self._execution.node.title,
                start_at=self._machine.at,
                inputs=self._inputs,
                metadata={"loop_length": self._config.loop_count},
            )
        )
        if self._breaks_at_once():
            self._finish("loop_break", dict(self._config.outputs), 0)
        elif self._config.loop_count:
            self._begin_round()
        else:
            self._finish("loop_completed", self._outputs(), 0)

    def frames(self) -> Iterable[Frame]:
        """See `Driver.frames`."""
        return () if self._open is None else (self._open,)

    def frame_over(self, frame: Frame) -> None:
        """See `Driver.frame_over`."""
        if frame.closed:
            return
        frame.closed = True
        self._end_round(frame)
        if any(frame.taken[at] for at in self._ends):
            self._finish("loop_completed", self._outputs(), self._config.loop_count)
            return
        try:
            broken = self._breaks()
        except Exception as error:  # the values of a run can make a comparison fail in ways that no operator foresees
            self._fail(message_of(error))
            return
        if broken:
            self._finish("loop_break", self._outputs(), self._config.loop_count)
            return
        title = self._execution.node.title
        self._tell(
            NodeRunLoopNext(
                **common(self._execution), node_title=title, index=self._rounds, pre_loop_output=self._outputs()
            )
        )
        if self._rounds < self._config.loop_count:
            self._begin_round()
        else:
            self._finish("loop_completed", self._outputs(), self._config.loop_count)

    def frame_failed(self, frame: Frame, error: str) -> None:
        """See `Driver.frame_failed`."""
        if self._open is frame:
            self._end_round(frame)
            self._fail(error)

    def restore(self, summary: Summary) -> None:
        """See `Driver.restore`; the rounds of a loop are not compacted."""
        raise JournalError(f"the journal sums up round {summary.index} of a loop, which it never does")

    # -- rounds --------------------------------------------------------------------------------------------------

    def _begin_round(self) -> None:
        for node_id in self._machine.graph.compiled.inner_ids[self._node.id]:
            self._pool.spaces.pop(node_id, None)
        self._began = self._machine.at
        self._machine.open(self._execution, self._plan, self._pool, self._execution.frame.sink, self._place)

    def _place(self, frame: Frame) -> None:
        outer = self._execution.frame
        frame.round = self._rounds
        frame.place = Place(outer.place.in_iteration_id, self._node.id, outer.place.iteration_index, self._rounds)
        frame.group = outer.group
        self._open = frame

    def _end_round(self, frame: Frame) -> None:
        key = str(self._rounds)
        self._rounds += 1
        self._open = None
        self._durations[key] = self._machine.at - self._began
        self._variables[key] = self._values()
        self.usage.merge(frame.usage.metadata())
        merge(self._execution.frame.outputs, frame.outputs, join=True)

    def _breaks(self) -> bool:
        return bool(self._config.break_conditions) and self._node.breaks.evaluate(self._pool).passed

    def _breaks_at_once(self) -> bool:
        try:
            return self._breaks()
        except Exception:  # whatever it is, it fails the loop after the first round
            return False

    # -- the whole -----------------------------------------------------------------------------------------------

    def _first_value(self, variable: Any) -> Any:
        if variable.value_type == "constant":
            return self._node.constants[variable.label]
        selector = variable.value if isinstance(variable.value, list | tuple) else ()
        value = self._pool.find(selector)
        if is_missing(value):
            raise NodeError(f"loop variable {variable.label!r} has no value to start with", error_type=_ERROR_TYPE)
        return value

    def _values(self) -> dict[str, Any]:
        return {v.label: self._pool.get((self._node.id, v.label)) for v in self._config.loop_variables}

    def _outputs(self) -> dict[str, Any]:
        return {**self._values(), "loop_round": self._rounds}

    def _tell(self, event: Any) -> None:
        self._machine.emit(self._execution.frame, event)

    def _metadata(self, reason: str) -> dict[str, Any]:
        return {
            **self.usage.metadata(),
            "completed_reason": reason,
            "loop_duration_map": self._durations,
            "loop_variable_map": self._variables,
        }

    def _finish(self, reason: str, outputs: dict[str, Any], steps: int) -> None:
        metadata = self._metadata(reason)
        self._tell(NodeRunLoopSucceeded(**self._ending(outputs, metadata, steps)))
        self._machine.completed(self._execution, NodeResult(inputs=self._inputs, outputs=outputs, metadata=metadata))

    def _fail(self, error: str) -> None:
        metadata = self._metadata("error")
        self._tell(NodeRunLoopFailed(**self._ending(self._outputs(), metadata, self._config.loop_count), error=error))
        result = NodeResult(
            inputs=self._inputs, metadata=metadata, status=NodeStatus.FAILED, error=error, error_type=_ERROR_TYPE
        )
        self._machine.failed(self._execution, result)

    def _ending(self, outputs: dict[str, Any], metadata: dict[str, Any], steps: int) -> dict[str, Any]:
        return {
            **common(self._execution),
            "node_title": self._execution.node.title,
            "start_at": self._execution.start_at,
            "inputs": self._inputs,
            "outputs": outputs,
            "metadata": metadata,
            "steps": steps,
        }
