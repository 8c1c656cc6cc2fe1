"""Running a graph: its events to clients, its executions to rows, until its end or a stop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from dify_runtime_sdk.workflow import Event, NodeRunFinished, NodeRunStarted, to_json

from ...api import RunOutput, WireEvent
from .pausing import Pauses
from .rows import NodeRows
from .wire import GraphWire, files_of

if TYPE_CHECKING:
    from dify_workflow import Run

    from ...api import Caller

_BROKEN: Final = frozenset({"failed", "stopped"})
_BATCH: Final = 100
"""Executions whose rows wait for each other at most."""


async def run_graph(
    run: "Run",
    wire: GraphWire,
    rows: NodeRows,
    output: RunOutput,
    pauses: Pauses,
    note: Callable[[Event], None] | None = None,
    look: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run to the end, or until the run waits; `run.outcome` says how it went. Rows not written yet are left in `rows`.

    `note` is told every event before clients are; `look` is awaited after each one.
    """
    if output.stopping:  # before it has begun: nothing of it is done any more
        run.abort(output.stopping)
    stopper = asyncio.create_task(_stop(run, output))
    try:
        async with aclosing(run.events()) as events:
            async for event in events:
                if note is not None:
                    note(event)
                for before in pauses.told(event):
                    output.emit(before)
                told = wire_event(event, wire, rows)
                if told is not None:
                    output.emit(told)
                if len(rows) >= _BATCH:
                    output.record(*rows.take())
                if look is not None:
                    await look()
    finally:
        stopper.cancel()
    if run.outcome.status in _BROKEN:
        rows.cut_off(output.stopping or run.outcome.error or "")


def wire_event(event: Event, wire: GraphWire, rows: NodeRows) -> WireEvent | None:
    """Take note of an event, and give what clients are told of it."""
    if isinstance(event, NodeRunStarted):
        rows.begin(event)
    elif isinstance(event, NodeRunFinished):
        rows.add(event)
    return wire.convert(event)


async def _stop(run: "Run", output: RunOutput) -> None:
    run.abort(await output.stopped())


def workflow_started(run_id: str, workflow_id: str, inputs: Mapping[str, Any], created_at: int) -> WireEvent:
    """The first event of a graph's run."""
    shown = {name: value for name, value in inputs.items() if name != "sys.timestamp"}
    data = {"id": run_id, "workflow_id": workflow_id, "inputs": to_json(shown), "created_at": created_at}
    return {"event": "workflow_started", "data": data}


def end_of(run: "Run", reason: str | None) -> tuple[str, str | None]:
    """The status that clients are told, and the error: a run that went over a limit has failed for them.

    `reason` says why somebody stopped it, None where nobody did.
    """
    outcome = run.outcome
    if outcome.status == "stopped":
        return ("stopped", reason) if reason else ("failed", outcome.error)
    return outcome.status, outcome.error


def workflow_finished(
    run_id: str, workflow_id: str, run: "Run", end: tuple[str, str | None], caller: "Caller", created_at: int
) -> WireEvent:
    """The last event of a graph's run."""
    outcome = run.outcome
    outputs = to_json(outcome.outputs)
    data = {
        "id": run_id,
        "workflow_id": workflow_id,
        "status": end[0],
        "outputs": outputs,
        "error": end[1],
        "elapsed_time": round(outcome.elapsed, 6),
        "total_tokens": outcome.total_tokens,
        "total_steps": outcome.total_steps,
        "created_by": _created_by(caller),
        "created_at": created_at,
        "finished_at": int(run.clock.time()),
        "exceptions_count": outcome.exceptions_count,
        "files": files_of(outputs),
    }
    return {"event": "workflow_finished", "data": data}


def _created_by(caller: "Caller") -> dict[str, str]:
    if caller.role == "account":
        return {"id": caller.id, "name": caller.name, "email": caller.email}
    return {"id": caller.id, "user": caller.session_id}
