"""Moving a run: one step after the other, and waiting when there is none."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from dify_runtime_sdk.workflow import GraphRunFailed, NodeStatus, PauseReason, TerminalEvent

from ..errors import JournalError
from ..state.pool import WritingScope
from ..state.strategies import failure
from .attempt import Ended, attempt
from .context import Context
from .ending import fill, status_of, terminal_event

if TYPE_CHECKING:
    from ..state.execution import Execution
    from .run import Run
    from .tasks import Tasks

_LOG: Final = logging.getLogger(__name__)
_SLICE: Final = 0.004
"""Seconds that a run keeps the loop before it lets others go on."""
_DEADLINE: Final = 0
"""The key of the timer of `max_seconds`; executions count from 1."""


class Stepper:
    """Takes the steps of one run: what follows, commands, ended attempts, retries, and the nodes that are ready."""

    def __init__(self, run: "Run", tasks: "Tasks") -> None:
        self._run = run
        self._machine = run.machine
        self._recorder = run.recorder
        self._tasks = tasks
        self._again: deque[int] = deque()
        self._loop_time = asyncio.get_running_loop().time
        self._until = self._loop_time() + _SLICE
        self._timed = False

    async def begin(self, beginning: Callable[[], None]) -> None:
        """Open the run, or continue it: what was under way when it was left is started again."""
        try:
            beginning()
            for execution in list(self._machine.executions.values()):
                if execution.failed is not None:
                    self._repeat(execution)
                elif execution.driver is None:
                    self._attempt(execution, dict(execution.sent))
            self._check_limits()
        except Exception as error:
            await self._break(error)

    async def advance(self) -> None:
        """Go on until there is an event, within the time that others on the loop can spare."""
        out = self._machine.out
        try:
            while not out:
                if not self._step():
                    await self._idle()
                    self._until = self._loop_time() + _SLICE
                elif self._loop_time() > self._until:
                    await asyncio.sleep(0)
                    self._until = self._loop_time() + _SLICE
        except Exception as error:
            await self._break(error)

    def _step(self) -> bool:
        """Do one thing, if there is one; first of all what follows from the last."""
        machine, run = self._machine, self._run
        if run.broken is not None:
            raise run.broken
        if machine.compaction.summaries:
            self._recorder.summaries(machine.compaction.summaries)
        if machine.pending:
            machine.pending.popleft()()
        elif run.commands:
            run.commands.popleft()(run.clock.time())
        elif self._tasks.finished:
            execution, task = self._tasks.finished.popleft()
            self._ended(execution, _outcome(task))
        elif self._again:
            self._begin_again(self._again.popleft())
        elif not machine.stopping and self._has_room() and machine.waiting():
            self._start()
        else:
            return False
        if machine.cancelled:
            self._tasks.cancel(machine.cancelled)
            machine.cancelled.clear()
        return True

    def _has_room(self) -> bool:
        most = self._run.limits.max_parallel
        return most is None or self._tasks.running < most

    # -- nodes ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        execution, runs = self._machine.start(self._run.clock.time())
        self._recorder.started(execution)
        if runs:
            self._attempt(execution, None)

    def _attempt(self, execution: "Execution", skip: dict[str, int] | None) -> None:
        context = Context(self._run, execution, skip)
        execution.scope = context.variables if isinstance(context.variables, WritingScope) else None
        if execution.node.keyed:
            work = self._keyed(execution, context)
        else:
            work = attempt(execution.node, context, self._run.interceptors)
        task = self._tasks.run(execution, work)
        if task is not None:
            self._ended(execution, _outcome(task))

    async def _keyed(self, execution: "Execution", context: Context) -> Ended:
        if execution.node.node.idempotency_key(context) is not None:
            try:
                await self._recorder.flush()
            except JournalError as error:
                self._run.broken = error
                raise
        return await attempt(execution.node, context, self._run.interceptors)

    def _ended(self, execution: "Execution", ended: Ended) -> None:
        machine, number = self._machine, execution.number
        if machine.executions.get(number) is not execution:
            return  # it was cancelled, and ended all the same
        at = self._run.clock.time()
        if isinstance(ended, PauseReason):
            machine.suspend(number, ended, at)
            self._recorder.suspended(execution, ended, at)
        elif ended.status is NodeStatus.SUCCEEDED:
            writes = execution.scope.writes if execution.scope is not None else {}
            machine.succeed(number, ended, writes, at)
            self._recorder.succeeded(execution, ended, writes, at)
        else:
            machine.fail(number, ended, at)
            self._recorder.failed(execution, ended, at)
            if execution.failed is not None:
                self._repeat(execution)
        self._check_limits()

    def _repeat(self, execution: "Execution") -> None:
        number = execution.number
        left = execution.node.retry_seconds - (self._run.clock.time() - execution.failed_at)
        if left > 0:
            self._tasks.timer(number, left, lambda: self._again.append(number))
        else:
            self._again.append(number)

    def _begin_again(self, number: int) -> None:
        if number in self._machine.executions:
            at = self._run.clock.time()
            execution = self._machine.again(number, at)
            self._recorder.again(execution, at)
            self._attempt(execution, None)

    # -- limits and ends -----------------------------------------------------------------------------------------

    def _check_limits(self) -> None:
        run, steps = self._run, self._machine.ledger.all_steps
        if self._machine.aborted is not None or self._machine.error is not None:
            return
        at = run.clock.time()
        elapsed = run.stopwatch.elapsed(at)
        if steps > run.limits.max_steps:
            run.end_by_limit(f"Maximum execution steps exceeded: {steps} > {run.limits.max_steps}", at)
        elif elapsed > run.limits.max_seconds:
            run.end_by_limit(f"Maximum execution time exceeded: {elapsed:.2f}s > {run.limits.max_seconds}s", at)

    async def _idle(self) -> None:
        """Wait for something, or end the run when nothing can come any more."""
        if self._machine.error is not None or self._machine.aborted is not None:
            await self._tasks.settle()
            await self._conclude()
        elif self._machine.active or self._tasks.busy:
            self._time()
            await self._tasks.wait()
        else:
            await self._conclude()

    def _time(self) -> None:
        """From the first wait on, the run's time is watched; what never waits is checked as its nodes end."""
        if not self._timed:
            self._timed = True
            run = self._run
            left = run.limits.max_seconds - run.stopwatch.elapsed(run.clock.time())
            self._tasks.timer(_DEADLINE, max(0.0, left), lambda: run.commands.append(self._out_of_time))

    def _out_of_time(self, at: float) -> None:
        seconds = self._run.limits.max_seconds
        self._run.end_by_limit(
            f"Maximum execution time exceeded: {self._run.stopwatch.elapsed(at):.2f}s > {seconds}s", at
        )

    async def _conclude(self) -> None:
        event = terminal_event(self._machine)
        at = self._run.clock.time()
        self._recorder.command("end", at, status=status_of(event))
        await self._recorder.flush()
        if self._run.broken is not None:
            raise self._run.broken
        self._end(event, at)

    async def _break(self, error: Exception) -> None:
        """The journal failed, or the engine did: the run ends with it, and whatever its nodes were doing."""
        if not isinstance(error, JournalError):
            _LOG.error("run %s failed in the engine", self._run.info.run_id, exc_info=error)
        self._machine.cancel(self._machine.root)
        await self._tasks.stop()
        event = GraphRunFailed(
            error=str(error) or type(error).__name__,
            exceptions_count=self._machine.ledger.exceptions_count,
            outputs=dict(self._machine.root.outputs),
        )
        self._end(event, self._machine.at)

    def _end(self, event: TerminalEvent, at: float) -> None:
        run = self._run
        run.over = True
        self._machine.out.append(event)
        run.stopwatch.end(at)
        elapsed = run.stopwatch.elapsed(at)
        fill(run.outcome, event, self._machine, elapsed, conversation=run.changed_conversation())


def _outcome(task: "asyncio.Task[Ended]") -> Ended:
    """What a finished attempt has come to; what even `attempt` did not catch is a failure as well."""
    if task.cancelled():
        return failure("the node was cancelled from outside the run", "CancelledError")
    error = task.exception()
    return task.result() if error is None else failure(str(error) or type(error).__name__)
