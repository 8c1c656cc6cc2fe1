"""The rows of a graph's run: the run itself, and the executions of its nodes."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, update

from dify_database import utc_now, uuid4_text
from dify_runtime_sdk.workflow import NodeResult, NodeRunFinished, NodeRunStarted, NodeStatus, to_json

from ...api import InvokeFrom, RunRequest, WorkflowVersion, Write
from ...tables.workflows import WORKFLOW_APP_LOGS, WORKFLOW_NODE_EXECUTIONS, WORKFLOW_RUNS
from .wire import execution_metadata

if TYPE_CHECKING:
    from dify_workflow import RunOutcome

# Statements are made once: what differs from run to run is parameters, so that nothing is compiled anew.
_INSERT_RUN: Final = insert(WORKFLOW_RUNS)
_INSERT_LOG: Final = insert(WORKFLOW_APP_LOGS)
_INSERT_NODES: Final = insert(WORKFLOW_NODE_EXECUTIONS)
_END_RUN: Final = (
    update(WORKFLOW_RUNS)
    .where(WORKFLOW_RUNS.c.id == bindparam("run"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "status",
                "outputs",
                "error",
                "elapsed_time",
                "total_tokens",
                "total_steps",
                "exceptions_count",
                "finished_at",
            )
        }
    )
)
_OPEN: Final = ("running", "paused")
_TRIGGERED_FROM = {InvokeFrom.DEBUGGER: "debugging"}
_CREATED_FROM = {
    InvokeFrom.SERVICE_API: "service-api",
    InvokeFrom.WEB_APP: "web-app",
    InvokeFrom.EXPLORE: "installed-app",
}


def triggered_from(request: RunRequest) -> str:
    """What the row of a run says of its origin."""
    return _TRIGGERED_FROM.get(request.caller.invoke_from, "app-run")


def dumped(value: Any) -> str:
    """A JSON column, in Dify's form: ASCII escapes, files as objects."""
    return json.dumps(to_json(value))


def run_row(run_id: str, request: RunRequest, version: WorkflowVersion, inputs: Mapping[str, Any]) -> Write:
    """The row of a run that begins."""
    app = request.app
    values = {
        "id": run_id,
        "tenant_id": app.tenant_id,
        "app_id": app.id,
        "workflow_id": version.id,
        "type": "chat" if app.mode == "advanced-chat" else "workflow",
        "triggered_from": triggered_from(request),
        "version": version.version,
        "graph": version.graph_text,
        "inputs": dumped(inputs),
        "status": "running",
        "created_by_role": request.caller.role,
        "created_by": request.caller.id,
        "created_at": utc_now(),
    }
    return _INSERT_RUN, [values]


def log_rows(run_id: str, request: RunRequest, version: WorkflowVersion) -> Sequence[Write]:
    """The row of the app's log, where runs of that origin have one."""
    created_from = _CREATED_FROM.get(request.caller.invoke_from)
    if created_from is None:
        return ()
    app = request.app
    values = {
        "id": uuid4_text(),
        "tenant_id": app.tenant_id,
        "app_id": app.id,
        "workflow_id": version.id,
        "workflow_run_id": run_id,
        "created_from": created_from,
        "created_by_role": request.caller.role,
        "created_by": request.caller.id,
        "created_at": utc_now(),
    }
    return [(_INSERT_LOG, [values])]


def end_of_run(run_id: str, outcome: "RunOutcome", error: str | None) -> Write:
    """The change of the row of a run that is over."""
    values = {
        "run": run_id,
        "status": outcome.status,
        "outputs": dumped(outcome.outputs),
        "error": error,
        "elapsed_time": outcome.elapsed,
        "total_tokens": outcome.total_tokens,
        "total_steps": outcome.total_steps,
        "exceptions_count": outcome.exceptions_count,
        "finished_at": None if outcome.status == "paused" else utc_now(),
    }
    return _END_RUN, [values]


def broken_off(run_id: str, app_id: str, error: str) -> Write:
    """The change of the row of a run that broke off."""
    mine = WORKFLOW_RUNS.c.id == run_id, WORKFLOW_RUNS.c.app_id == app_id, WORKFLOW_RUNS.c.status.in_(_OPEN)
    values = {"status": "failed", "error": error, "finished_at": utc_now()}
    return update(WORKFLOW_RUNS).where(*mine).values(**values), None


class NodeRows:
    """The executions of a run's nodes, as they end; one statement writes all that are there.

    `written` are the ids of those whose rows another process wrote; `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        run_id: str,
        request: RunRequest,
        version: WorkflowVersion,
        written: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        app = request.app
        self._written = written
        self._common = {
            "tenant_id": app.tenant_id,
            "app_id": app.id,
            "workflow_id": version.id,
            "workflow_run_id": run_id,
            "triggered_from": "workflow-run",
            "created_by_role": request.caller.role,
            "created_by": request.caller.id,
        }
        self._clock = clock
        self._index = 0
        self._begun: dict[str, NodeRunStarted] = {}
        self._rows: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def begin(self, event: NodeRunStarted) -> None:
        """Take note of an execution that begins."""
        self._begun[event.id] = event

    def add(self, event: NodeRunFinished) -> None:
        """Take note of an execution that ended."""
        self._add(event, event.result, event.result.error, event.finished_at)

    def cut_off(self, error: str) -> None:
        """Take note that the run has ended, and with it what was under way."""
        for event in list(self._begun.values()):
            self._add(event, NodeResult(status=NodeStatus.FAILED), error, self._clock())

    def _add(self, event: NodeRunFinished | NodeRunStarted, result: NodeResult, error: str, finished_at: float) -> None:
        begun = self._begun.pop(event.id, None)
        self._index += 1
        if event.id in self._written:
            return
        metadata = execution_metadata(event, result.metadata)
        self._rows.append(
            {
                **self._common,
                "id": event.id,
                "node_execution_id": event.id,
                "index": self._index,
                "predecessor_node_id": None if begun is None else begun.predecessor_node_id,
                "node_id": event.node_id,
                "node_type": event.node_type,
                "title": "" if begun is None else begun.node_title,
                "inputs": dumped(result.inputs),
                "process_data": dumped(result.process_data),
                "outputs": dumped(result.outputs),
                "status": result.status.value,
                "error": error or None,
                "elapsed_time": finished_at - event.start_at,
                "execution_metadata": None if metadata is None else dumped(metadata),
                "created_at": _moment(event.start_at),
                "finished_at": _moment(finished_at),
            }
        )

    def take(self) -> list[Write]:
        """The write of what was noted since the last call."""
        rows, self._rows = self._rows, []
        return [(_INSERT_NODES, rows)] if rows else []


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
