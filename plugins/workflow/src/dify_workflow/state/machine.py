"""The machine: every change of a run's state, as a function of what happened and when.

It is deterministic and does no I/O. What happens (a node is started, has ended, has sent a piece) is told to it by
the run while it lives, and by the journal when a run is continued: the same calls in the same order give the same
state and the same events. Nothing in it recurses: what follows from the end of a frame is put on `pending`.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from dify_runtime_sdk.workflow import (
    DEFAULT_HANDLE,
    Event,
    GraphRunStarted,
    NodeResult,
    PauseReason,
    Selector,
)

from ..containers.driver import drive
from ..graph import Graph, Plan
from . import telling
from .compaction import Compaction
from .execution import Execution
from .flow import Flow
from .frame import Frame
from .ledger import Ledger
from .outputs import merge_outputs
from .pool import Pool
from .sessions import Sessions
from .strategies import UNCAUGHT, failure, message_of, stand_in
from .usage import Usage
from .voice import Voice


class Machine:
    """The state of one run."""

    def __init__(self, graph: Graph, pool: Pool, id_prefix: str) -> None:
        self.graph = graph
        self.pool = pool
        self.out: deque[Event] = deque()
        self.show: Callable[[Event], None] = self.out.append
        """The sink of events that a reader gets at once."""
        self.compaction = Compaction(self)
        self.at = 0.0
        """When what is being applied happened: seconds since the epoch."""
        self.ledger = Ledger()
        self.executions: dict[int, Execution] = {}
        self.pending: deque[Callable[[], None]] = deque()
        """What follows from what has happened; done before anything else is applied."""
        self.cancelled: list[Execution] = []
        """Executions whose attempts must be stopped."""
        self.active = 0
        """Attempts that run or wait to be repeated."""
        self.error: str | None = None
        self.aborted: str | None = None
        self.pauses: list[PauseReason] = []
        self.flow = Flow()
        self._prefix = id_prefix
        self.next_number = 1
        self.root = Frame(graph.compiled.root, pool, self.show)

    # -- what the run asks ---------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether no further node may start."""
        return self.error is not None or self.aborted is not None or bool(self.pauses)

    def waiting(self) -> bool:
        """Whether some node could start."""
        return self.flow.waiting()

    def planned_id(self, frame: Frame, node_id: str) -> str:
        """The execution id of a node that speaks before it runs; follows from where it is."""
        owner = frame.owner.number if frame.owner is not None else 0
        place = f"{owner}/{frame.round}/{node_id}".encode()
        digits = int.from_bytes(hashlib.blake2b(place, digest_size=6).digest()) | 1 << 47
        return f"{self._prefix}{digits:012x}"

    # -- what happens --------------------------------------------------------------------------------------------

    def begin(self, at: float) -> None:
        """The run begins."""
        self.at = at
        self.out.append(GraphRunStarted())
        self._queue_root(self.root)

    def resume(self, at: float) -> None:
        """The run goes on after a pause."""
        self.at = at
        self.pauses = []
        self.out.append(GraphRunStarted())

    def start(self, at: float, known: int | None = None) -> tuple[Execution, bool]:
        """Start the node that is next; gives its execution, and whether the node itself must now be run.

        `known` is the number that a journal gives the execution.
        """
        self.at = at
        frame, index, predecessor = self.flow.take()
        node = frame.plan.nodes[index]
        before = frame.suspended.pop(index, None)
        if before is not None:
            number, execution_id = before.number, before.id
        else:
            number = self._take_number(known)
            execution_id = frame.planned.pop(index, "") or f"{self._prefix}{number:012x}"
        execution = Execution(number, execution_id, frame, index, node, predecessor, at)
        self.executions[number] = frame.running[number] = execution
        if frame.sessions is not None:
            frame.ids[node.id] = execution_id
        self.ledger.step(frame)
        self.emit(frame, telling.started(execution))
        if node.contains:
            self._open(execution)
            return execution, False
        self.active += 1
        return execution, True

    def again(self, number: int, at: float) -> Execution:
        """The next attempt of an execution begins."""
        self.at = at
        execution = self.executions[number]
        failed, execution.failed = execution.failed, None
        execution.attempt += 1
        execution.sent = {}
        self.ledger.step(execution.frame)
        if failed is not None:
            self.emit(execution.frame, telling.retried(execution, failed))
        return execution

    def succeed(self, number: int, result: NodeResult, writes: Mapping[Selector, Any], at: float) -> None:
        """A node has ended well."""
        self.at = at
        self.active -= 1
        execution = self.executions[number]
        for (space, name), value in writes.items():
            execution.frame.pool.put(space, name, value)
        self.completed(execution, result)

    def fail(self, number: int, result: NodeResult, at: float) -> None:
        """An attempt failed: it is repeated, something stands in, or the frame fails."""
        self.at = at
        execution = self.executions[number]
        if execution.attempt <= execution.node.max_retries:
            self.ledger.count(execution.frame, result, failed=True)
            self._discard(execution, ended=False)
            execution.failed, execution.failed_at = result, at
            return
        self.active -= 1
        self.failed(execution, result)

    def suspend(self, number: int, reason: PauseReason, at: float) -> None:
        """A node waits for something outside: it is started again when the run goes on."""
        self.at = at
        self.active -= 1
        execution = self.executions.pop(number)
        frame = execution.frame
        del frame.running[number]
        frame.suspended[execution.index] = execution
        self.flow.queue(frame, execution.index, execution.predecessor)
        self.pauses.append(reason)
        self.emit(frame, telling.pause_requested(execution, reason))

    def send(self, number: int, output: str, chunk: str) -> None:
        """A node sends a piece of an output that some response refers to."""
        execution = self.executions[number]
        execution.sent[output] = execution.sent.get(output, 0) + len(chunk)
        sessions = execution.frame.sessions
        if sessions is not None:
            sessions.receive((execution.node.id, output), chunk)
            sessions.flush()

    def close(self, number: int, output: str) -> None:
        """A node closes the stream of an output."""
        execution = self.executions[number]
        sessions = execution.frame.sessions
        if sessions is not None:
            sessions.close((execution.node.id, output))
            sessions.flush()

    def note(self, number: int, note: Mapping[str, Any]) -> None:
        """A node tells what it retrieved, or a step of an agent."""
        execution = self.executions[number]
        self.emit(execution.frame, telling.noted(execution, note))

    def update(self, values: Mapping[Selector, Any]) -> None:
        """Variables are changed from outside."""
        for (space, name), value in values.items():
            self.pool.put(space, name, value)

    def pause(self, reason: str) -> None:
        """What runs ends, nothing else starts."""
        self.pauses.append(PauseReason(type="scheduled_pause", message=reason))

    def abort(self, reason: str) -> None:
        """Nothing goes on."""
        self.aborted = f"Aborted: {reason}"
        self.cancel(self.root)

    # -- for containers ------------------------------------------------------------------------------------------

    def open(
        self, owner: Execution, plan: Plan, pool: Pool, sink: Callable[[Event], None], prepare: Callable[[Frame], None]
    ) -> Frame:
        """Begin an item or a round: `prepare` says where it is before it tells or streams anything."""
        frame = Frame(plan, pool, sink)
        frame.owner = owner
        frame.depth = owner.frame.depth + 1
        frame.usage = Usage()
        prepare(frame)
        self._queue_root(frame)
        return frame

    def emit(self, frame: Frame, event: Event) -> None:
        """Tell an event of a frame, or of its container's batch."""
        if frame.group is not None:
            frame.group.events += 1
        frame.sink(event)

    def completed(self, execution: Execution, result: NodeResult) -> None:
        """A node or a container has its result: variables, stream, edges, and then the event."""
        frame = execution.frame
        self.ledger.count(frame, result)
        self._store(execution, result)
        sessions = frame.sessions
        if sessions is not None:
            for selector in sessions.open_streams(execution.node.id):
                sessions.close(selector)
            sessions.flush()
        self._leave(execution, result)
        if sessions is not None:
            sessions.begin()
        self.emit(frame, telling.succeeded(execution, result, self.at))

    def failed(self, execution: Execution, result: NodeResult) -> None:
        """The last attempt of a node failed, or a container did."""
        frame = execution.frame
        self.ledger.count(frame, result, failed=True)
        replacement = stand_in(execution.node, result)
        self._discard(execution, ended=replacement is not None)
        if replacement is not None:
            self._store(execution, replacement)
            self._leave(execution, replacement)
            if frame.sessions is not None:
                frame.sessions.begin()
            self.emit(frame, telling.excepted(execution, replacement, self.at))
            return
        self._forget(execution)
        self.emit(frame, telling.failed(execution, result, self.at))
        self.cancel(frame)
        if frame.owner is None:
            self.error = result.error
        else:
            driver = frame.owner.driver
            if driver is not None:
                self.pending.append(lambda: driver.frame_failed(frame, result.error))

    def cancel(self, frame: Frame) -> None:
        """Stop everything in a frame and below."""
        stack = [frame]
        while stack:
            closing = stack.pop()
            closing.closed = True
            for number, execution in closing.running.items():
                del self.executions[number]
                if execution.driver is not None:
                    stack.extend(execution.driver.frames())
                else:
                    self.active -= 1
                    self.cancelled.append(execution)
            closing.running = {}

    # -- inside --------------------------------------------------------------------------------------------------

    def _take_number(self, known: int | None) -> int:
        """The number of a new execution; they count up, and those that a compacted journal left out stay used."""
        number = self.next_number if known is None else known
        self.next_number = max(self.next_number, number + 1)
        return number

    def _queue_root(self, frame: Frame) -> None:
        plan = frame.plan
        if plan.responses:
            frame.sessions = Sessions(plan, frame.pool, frame.skipped, Voice(self, frame).say)
        frame.live = 1
        if not plan.nodes[0].hidden:
            self.flow.queue(frame, 0, None)
            return
        self.flow.pass_edges(frame, 0, DEFAULT_HANDLE)
        if frame.sessions is not None:
            frame.sessions.flush()
        self._one_less(frame)

    def _open(self, execution: Execution) -> None:
        try:
            execution.driver = drive(self, execution)
            execution.driver.begin()
        except Exception as error:
            self.failed(execution, failure(message_of(error), getattr(error, "error_type", UNCAUGHT)))

    def _store(self, execution: Execution, result: NodeResult) -> None:
        frame = execution.frame
        if result.outputs:
            frame.pool.spaces[execution.node.id] = result.outputs
        if execution.node.responds:
            merge_outputs(frame.outputs, execution.node, result.outputs)

    def _leave(self, execution: Execution, result: NodeResult) -> None:
        self._forget(execution)
        self.flow.pass_edges(execution.frame, execution.index, result.handle)
        self._one_less(execution.frame)

    def _forget(self, execution: Execution) -> None:
        self.executions.pop(execution.number, None)
        execution.frame.running.pop(execution.number, None)

    def _one_less(self, frame: Frame) -> None:
        frame.live -= 1
        if frame.live == 0 and frame.owner is not None:
            driver = frame.owner.driver
            if driver is not None:
                self.pending.append(lambda: driver.frame_over(frame))

    def _discard(self, execution: Execution, *, ended: bool) -> None:
        if execution.frame.sessions is not None:
            execution.frame.sessions.discard(execution.node.id, ended=ended)
