"""How a run ends: its terminal event, and its outcome."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.workflow import (
    GraphRunAborted,
    GraphRunFailed,
    GraphRunPartialSucceeded,
    GraphRunPaused,
    GraphRunSucceeded,
    TerminalEvent,
)

from .limits import RunOutcome, RunStatus

if TYPE_CHECKING:
    from ..state.machine import Machine


def terminal_event(machine: "Machine") -> TerminalEvent:
    """The end that the state amounts to: aborted before failed before paused."""
    outputs = dict(machine.root.outputs)
    exceptions = machine.ledger.exceptions_count
    if machine.aborted is not None:
        return GraphRunAborted(reason=machine.aborted, outputs=outputs)
    if machine.error is not None:
        return GraphRunFailed(error=machine.error, exceptions_count=exceptions, outputs=outputs)
    if machine.pauses:
        return GraphRunPaused(reasons=tuple(machine.pauses), outputs=outputs)
    if exceptions:
        return GraphRunPartialSucceeded(outputs=outputs, exceptions_count=exceptions)
    return GraphRunSucceeded(outputs=outputs)


def status_of(event: TerminalEvent) -> RunStatus:
    """The status of a run that ended with `event`."""
    match event:
        case GraphRunSucceeded():
            return "succeeded"
        case GraphRunPartialSucceeded():
            return "partial-succeeded"
        case GraphRunFailed():
            return "failed"
        case GraphRunAborted():
            return "stopped"
        case GraphRunPaused():
            return "paused"


def fill(outcome: RunOutcome, event: TerminalEvent, machine: "Machine", elapsed: float, **changed: Any) -> None:
    """Complete `outcome` after the end."""
    outcome.status = status_of(event)
    outcome.outputs = event.outputs
    if isinstance(event, GraphRunFailed):
        outcome.error = event.error
    elif isinstance(event, GraphRunAborted):
        outcome.error = event.reason
    outcome.total_tokens = machine.ledger.total_tokens
    outcome.total_steps = machine.ledger.total_steps
    outcome.exceptions_count = machine.ledger.exceptions_count
    outcome.elapsed = elapsed
    outcome.conversation = changed["conversation"]
