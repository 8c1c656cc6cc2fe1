"""The mode `workflow`: a graph without a conversation."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dify_database import Database, uuid4_text
from dify_files import Files
from dify_runtime_sdk.secrets import TenantSecrets
from dify_runtime_sdk.workflow import NodeRunStreamChunk

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, WorkflowVersion, Write
from ..reading import AppReader
from .graph.preparing import (
    BuiltGraph,
    Graphs,
    environment_of,
    run_info,
    shown_inputs,
    system_variables,
    version_of,
)
from .graph.resuming import executions_of, request_of, stored_request
from .graph.rows import NodeRows, broken_off, end_of_run, log_rows, run_row
from .graph.running import end_of, run_graph, workflow_finished, workflow_started
from .graph.wire import GraphWire
from .inputs import checked_files, checked_inputs

if TYPE_CHECKING:
    from dify_workflow import Run, WorkflowEngine

_BLOCKING = (
    "id",
    "workflow_id",
    "status",
    "outputs",
    "error",
    "elapsed_time",
    "total_tokens",
    "total_steps",
    "created_at",
    "finished_at",
)


@dataclass(slots=True, kw_only=True)
class _State:
    """What the mode knows of a run."""

    version: WorkflowVersion
    built: BuiltGraph
    inputs: dict[str, Any]
    system: dict[str, Any]
    created_at: int
    orphan: OrphanedRun | None = None


class WorkflowMode:
    """Runs the published graph of an app; satisfies `AppMode`."""

    name = "workflow"

    def __init__(
        self, engine: "WorkflowEngine", reader: AppReader, files: Files, secrets: TenantSecrets, database: Database
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._files = files
        self._secrets = secrets
        self._database = database
        self._graphs = Graphs(engine)

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the inputs against the start node's form, and build the graph."""
        version = await version_of(request, self._reader)
        built = self._graphs.get(version)
        inputs = await checked_inputs(built.form, request, self._files)
        files = await checked_files(version.features, request, self._files)
        run_id, now = uuid4_text(), int(time.time())
        system = {**system_variables(request, version, run_id, files=files), "timestamp": now}
        state = _State(version=version, built=built, inputs=inputs, system=system, created_at=now)
        return PreparedRun(
            task_id=uuid4_text(),
            run_id=run_id,
            request=request,
            shared={"workflow_run_id": run_id},
            writes=[
                run_row(run_id, request, version, shown_inputs(inputs, system)),
                *log_rows(run_id, request, version),
            ],
            stored=stored_request(request, version.id, created_at=now),
            state=state,
        )

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Run the graph."""
        state: _State = prepared.state
        run_id, request = prepared.run_id, prepared.request
        run, written = await self._run(prepared, output)
        rows = NodeRows(run_id, request, state.version, written)
        shown = shown_inputs(run.inputs, state.system)
        output.emit(workflow_started(run_id, state.version.id, shown, state.created_at))
        await run_graph(run, GraphWire(text_chunk), rows, output)
        end = end_of(run, output)
        output.record(*rows.take(), end_of_run(run_id, run.outcome, end[1]))
        await output.end(workflow_finished(run_id, state.version.id, run, end, request.caller, state.created_at))

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """Go on from the journal."""
        request = await request_of(run, self._reader)
        if request is None:
            return None
        version = await version_of(request, self._reader)
        created_at = run.stored["created_at"]
        system = {**system_variables(request, version, run.run_id, files=[]), "timestamp": created_at}
        state = _State(
            version=version,
            built=self._graphs.get(version),
            inputs={},
            system=system,
            created_at=created_at,
            orphan=run,
        )
        return PreparedRun(
            task_id=run.task_id,
            run_id=run.run_id,
            request=request,
            shared={"workflow_run_id": run.run_id},
            stored=run.stored,
            state=state,
        )

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        """End the row of a run that broke off."""
        return [broken_off(run_id, app_id, error)]

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        """The data of the last event."""
        data = events[-1]["data"]
        body = {
            "task_id": prepared.task_id,
            "workflow_run_id": prepared.run_id,
            "data": {name: data[name] for name in _BLOCKING},
        }
        return BlockingAnswer(body=body)

    async def _run(self, prepared: PreparedRun, output: RunOutput) -> "tuple[Run, frozenset[str]]":
        """The engine's run, new or continued, and the executions whose rows are there."""
        state: _State = prepared.state
        request = prepared.request
        environment = await environment_of(state.version, request.app.tenant_id, self._secrets)
        info = run_info(request, state.version, prepared.run_id)
        if state.orphan is not None:
            run = await self._engine.resume(
                state.built.graph, output.journal, delivered=0, info=info, environment=environment
            )
            return run, await executions_of(prepared.run_id, self._database)
        run = self._engine.run(
            state.built.graph,
            info=info,
            inputs=state.inputs,
            system=state.system,
            environment=environment,
            journal=output.journal,
        )
        return run, frozenset()


def text_chunk(event: NodeRunStreamChunk) -> WireEvent:
    """A piece of the text of an end node."""
    return {
        "event": "text_chunk",
        "data": {"text": event.chunk, "from_variable_selector": list(event.selector)},
    }
