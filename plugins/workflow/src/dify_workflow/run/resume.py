"""Continuing a run from its journal, in this process or another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dify_runtime_sdk import Interceptors
from dify_runtime_sdk.workflow import (
    JOURNAL_VERSION,
    Journal,
    NodeServices,
    RunInfo,
    RunObserver,
    VariableType,
)

from ..errors import JournalError
from ..graph import Graph
from ..journal.codec import decode
from ..state.values import Variable
from .clock import Clock
from .ending import fill, terminal_event
from .limits import RunLimits
from .replay import Replay
from .run import Run


async def resume(
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
) -> Run:
    """A run that goes on where `journal` ends; see `Run.resume`."""
    run: Run | None = None
    replay: Replay | None = None
    async for entry in journal.read():
        if run is None or replay is None:
            _check(entry, graph)
            run = Run(
                graph,
                info=info or RunInfo(**{**entry["run"], "extras": decode(entry["run"]["extras"])}),
                environment=environment,
                services=services,
                journal=journal,
                limits=limits,
                clock=clock,
                observers=observers,
                interceptors=interceptors,
                id_prefix=entry["ids"],
                **_state(entry),
            )
            replay = Replay(run.machine, run.stopwatch, delivered)
            replay.begin(entry["at"])
        else:
            replay.apply(entry)
    if run is None or replay is None:
        raise JournalError("the journal is empty: there is no run to go on with")
    replay.stop()
    _prepare(run, replay.status)
    return run


def _check(entry: Mapping[str, Any], graph: Graph) -> None:
    if entry.get("kind") != "run":
        raise JournalError("the journal does not begin with a run")
    if entry.get("version") != JOURNAL_VERSION:
        raise JournalError(
            f"the journal has version {entry.get('version')!r}, this engine continues {JOURNAL_VERSION}",
            hint="continue it with the version that began it",
        )
    if entry.get("graph") != graph.digest:
        raise JournalError(
            "the journal belongs to another graph",
            hint="continue a run with the graph that it was begun with, not with a later one",
        )


def _state(entry: Mapping[str, Any]) -> dict[str, Any]:
    declared = [Variable(name, decode(value), VariableType(of)) for name, value, of in entry["conversation"]]
    plain = {name: decode(entry[name]) for name in ("inputs", "system", "rag")}
    return {**plain, "conversation": declared}


def _prepare(run: Run, status: str | None) -> None:
    if status is None:
        run.beginning = lambda: _continue(run)
    elif status == "paused":
        run.beginning = lambda: _unpause(run)
    else:
        run.beginning = lambda: None
        run.over = True
        elapsed = run.stopwatch.elapsed_at_end()
        fill(run.outcome, terminal_event(run.machine), run.machine, elapsed, conversation=run.changed_conversation())


def _continue(run: Run) -> None:
    at = run.clock.time()
    run.stopwatch.begin(at)
    run.recorder.command("continue", at)


def _unpause(run: Run) -> None:
    at = run.clock.time()
    run.stopwatch.begin(at)
    run.machine.resume(at)
    run.recorder.command("resume", at)
