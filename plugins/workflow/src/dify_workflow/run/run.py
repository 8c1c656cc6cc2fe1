"""A run: one execution of a graph, as an iterator of events."""

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.workflow import (
    Event,
    Journal,
    NodeServices,
    RunCall,
    RunInfo,
    RunObserver,
    Selector,
    WorkflowError,
)

from ..errors import JournalError
from ..graph import Graph
from ..state.execution import Execution
from ..state.machine import Machine
from ..state.pool import CONVERSATION
from ..state.values import Variable, checked
from .clock import Clock, SystemClock
from .limits import RunLimits, RunOutcome
from .recorder import Recorder
from .setup import NoServices, make_pool, new_id_prefix
from .stepper import Stepper
from .stopwatch import Stopwatch
from .tasks import Tasks

_LOG: Final = logging.getLogger(__name__)


class Run:
    """One run of a graph. `async for event in run.events()` moves it; without a reader it stands still.

    `inputs` are the user's, `system` the variables of `sys`, `environment` and `conversation` the declared variables.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        info: RunInfo,
        inputs: Mapping[str, Any] | None = None,
        system: Mapping[str, Any] | None = None,
        environment: Iterable[Variable] = (),
        conversation: Iterable[Variable] = (),
        rag: Mapping[str, Any] | None = None,
        services: NodeServices | None = None,
        journal: Journal | None = None,
        limits: RunLimits | None = None,
        clock: Clock | None = None,
        observers: Sequence[RunObserver] = (),
        interceptors: Interceptors | None = None,
        id_prefix: str | None = None,
    ) -> None:
        self.graph = graph
        self.info = info
        self.inputs: Mapping[str, Any] = checked(dict(inputs or {}))
        self.services = services or NoServices()
        self.limits = limits or RunLimits()
        self.clock = clock or SystemClock()
        self.outcome = RunOutcome()
        self.recorder = Recorder(journal)
        self.stopwatch = Stopwatch()
        self.id_prefix = id_prefix or new_id_prefix()
        self.declared = tuple(replace(variable, value=checked(variable.value)) for variable in conversation)
        pool = make_pool(system or {}, environment, self.declared, rag or {})
        self.machine = Machine(graph, pool, self.id_prefix)
        self.machine.compaction.wanted = self.recorder.compacts
        self.beginning: Callable[[], None] = self._begin
        """What opens the stream of events; continued runs replace it."""
        self.over = False
        """Whether the terminal event is made."""
        self._observers = tuple(observers)
        self.interceptors = interceptors
        self.commands: deque[Callable[[float], None]] = deque()
        """What is asked of the run from outside, and not done yet."""
        self._tasks: Tasks | None = None
        self.broken: JournalError | None = None
        """What the journal refused while a node was speaking."""
        self._used = False

    @classmethod
    async def resume(
        cls,
        graph: Graph,
        journal: Journal,
        *,
        delivered: int | None = None,
        info: RunInfo | None = None,
        environment: Iterable[Variable] = (),
        services: NodeServices | None = None,
        limits: RunLimits | None = None,
        clock: Clock | None = None,
        observers: Sequence[RunObserver] = (),
        interceptors: Interceptors | None = None,
    ) -> "Run":
        """A run that goes on where `journal` ends; `graph` and `environment` as they were at its beginning.

        Nodes that have ended are not run again. Nodes that were under way are, under the same execution id and without
        being announced again; what they stream is shown from where it was cut off. A run that was paused goes on with
        `GraphRunStarted`, and its waiting nodes are started anew. `delivered` says how many events the reader has
        already; by default, all that the journal tells of. `info` replaces what the journal says of the run; the other
        options are those of a new run.

        Raises `JournalError` when the journal is empty, damaged, or belongs to another graph.
        """
        from .resume import resume  # makes runs, so it imports this module

        return await resume(
            graph,
            journal,
            delivered=delivered,
            info=info,
            environment=environment,
            services=services,
            limits=limits,
            clock=clock,
            observers=observers,
            interceptors=interceptors,
        )

    # -- the reader ----------------------------------------------------------------------------------------------

    def events(self) -> AsyncGenerator[Event]:
        """The events of the run, the last one terminal; can be read once. Closing it early cancels everything."""
        if self._used:
            raise WorkflowError("the events of a run can be read once", hint="make a new run, or resume this one")
        self._used = True
        return self._events() if self.interceptors is None else self._intercepted(self.interceptors)

    async def _intercepted(self, interceptors: Interceptors) -> AsyncGenerator[Event]:
        events = self._events()
        try:
            async for event in interceptors.stream(RunCall(run=self.info), lambda _call: events):
                yield event
        finally:
            await events.aclose()

    # -- commands ------------------------------------------------------------------------------------------------

    def abort(self, reason: str = "") -> None:
        """Stop: what runs is cancelled, and the run ends aborted."""
        self._command(lambda at: self._abort(reason or "stopped", at))

    def pause(self, reason: str = "") -> None:
        """Pause: what runs ends, nothing else starts, and the run ends paused."""
        self._command(lambda at: self._pause(reason, at))

    def update_variables(self, values: Mapping[Sequence[str], Any]) -> None:
        """Set variables by selector (two parts each); raises `WorkflowError` for anything else."""
        for selector in values:
            if len(selector) != 2:
                raise WorkflowError(f"a variable is set by a selector of two parts, not {selector!r}")
        given = {tuple(selector): checked(value) for selector, value in values.items()}
        self._command(lambda at: self._update(given, at))

    def _command(self, command: Callable[[float], None]) -> None:
        self.commands.append(command)
        self.wake()

    def _abort(self, reason: str, at: float) -> None:
        self.machine.abort(reason)
        self.recorder.command("abort", at, reason=reason)

    def end_by_limit(self, reason: str, at: float) -> None:
        """Stop because a limit is reached."""
        if self.machine.aborted is None and self.machine.error is None:
            self._abort(reason, at)

    def _pause(self, reason: str, at: float) -> None:
        self.machine.pause(reason)
        self.recorder.command("pause", at, reason=reason)

    def _update(self, values: Mapping[Selector, Any], at: float) -> None:
        self.machine.update(values)
        self.recorder.updated(values, at)

    # -- what nodes tell -----------------------------------------------------------------------------------------

    def send(self, execution: Execution, output: str, chunk: str) -> None:
        """A node sends a piece of one of its outputs."""
        if self._streams(execution, output):
            self.machine.send(execution.number, output, chunk)
            self._record(lambda: self.recorder.sent(execution, output, chunk))

    def close(self, execution: Execution, output: str) -> None:
        """A node closes the stream of an output."""
        if self._streams(execution, output):
            self.machine.close(execution.number, output)
            self._record(lambda: self.recorder.closed(execution, output))

    def note(self, execution: Execution, note: Mapping[str, Any]) -> None:
        """A node tells what it retrieved, or a step of an agent."""
        if self.machine.executions.get(execution.number) is execution:
            note = checked(note)
            self.machine.note(execution.number, note)
            self._record(lambda: self.recorder.noted(execution, note))

    def wake(self) -> None:
        """Let the run look at what is new."""
        if self._tasks is not None:
            self._tasks.wake()

    def _streams(self, execution: Execution, output: str) -> bool:
        frame = execution.frame
        if frame.sessions is None or (execution.node.id, output) not in frame.plan.streamed:
            return False
        return self.machine.executions.get(execution.number) is execution

    def _record(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as error:  # is the run's failure, not the node's that was speaking
            self.broken = error
        self.wake()

    # -- the stream of events ------------------------------------------------------------------------------------

    async def _events(self) -> AsyncGenerator[Event]:
        tasks = self._tasks = Tasks(self.clock)
        stepper = Stepper(self, tasks)
        out = self.machine.out
        try:
            await stepper.begin(self.beginning)
            while True:
                while out:
                    yield self._told(out.popleft())
                if self.over:
                    return
                await stepper.advance()
        finally:
            await tasks.stop()

    def _begin(self) -> None:
        at = self.clock.time()
        self.stopwatch.begin(at)
        self.machine.begin(at)
        self.recorder.run(
            self.info,
            at,
            graph=self.graph.digest,
            ids=self.id_prefix,
            inputs=self.inputs,
            system=self.machine.pool.spaces["sys"],
            rag=self.machine.pool.spaces.get("rag", {}),
            conversation=[[v.name, v.value, v.type.value] for v in self.declared],
        )

    def _told(self, event: Event) -> Event:
        for observer in self._observers:
            try:
                observer.observe(self.info, event)
            except Exception:
                _LOG.exception("an observer of run %s failed: %r", self.info.run_id, observer)
        return event

    def changed_conversation(self) -> dict[str, Any]:
        """The conversation variables that have other values than the run began with."""
        before = {variable.name: variable.value for variable in self.declared}
        values = self.machine.pool.spaces.get(CONVERSATION, {})
        return {name: value for name, value in values.items() if name not in before or before[name] is not value}
