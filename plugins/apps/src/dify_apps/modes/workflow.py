"""The mode `workflow`: a graph without a conversation."""

import time
from collections.abc import Sequence
from functools import partial

from dify_database import uuid4_text
from dify_runtime_sdk.workflow import NodeRunStreamChunk

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, Write
from ..runs.log import PAUSED
from .graph.pausing import Pauses, pause
from .graph.preparing import Graphs, shown_inputs, system_variables, version_of
from .graph.resuming import request_of, stored_request
from .graph.rows import NodeRows, broken_off, end_of_run, log_rows, run_row
from .graph.running import end_of, run_graph, workflow_finished, workflow_started
from .graph.services import GraphServices
from .graph.starting import GraphState, start
from .graph.wire import GraphWire
from .inputs import checked_files, checked_inputs
from .speaking import Speaking

_LAST = frozenset({"workflow_finished", PAUSED})
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


class WorkflowMode:
    """Runs the published graph of an app; satisfies `AppMode`."""

    name = "workflow"

    def __init__(self, services: GraphServices, speaking: Speaking) -> None:
        self._services = services
        self._speaking = speaking
        self._graphs = Graphs(services.engine)

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the inputs against the start node's form, and build the graph."""
        version = await version_of(request, self._services.reader)
        built = self._graphs.get(version)
        inputs = await checked_inputs(built.form, request, self._services.files)
        files = await checked_files(built.features, request, self._services.files)
        run_id, now = uuid4_text(), int(time.time())
        system = {**system_variables(request, version, run_id, files=files), "timestamp": now}
        state = GraphState(version=version, built=built, inputs=inputs, system=system, created_at=now)
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
        state: GraphState = prepared.state
        run_id, request, texts = prepared.run_id, prepared.request, list[str]()
        run, written = await start(prepared, state, self._services, output)
        rows = NodeRows(run_id, request, state.version, written)
        shown = shown_inputs(run.inputs, state.system)
        started = workflow_started(run_id, state.version.id, shown, state.created_at)
        pauses = Pauses(run, started, state.answers)
        output.emit(started)
        await run_graph(
            run, GraphWire(partial(text_chunk, texts), shape=self._services.shape(request)), rows, output, pauses
        )
        end = end_of(run, output.stopping)
        output.record(*rows.take(), end_of_run(run_id, run.outcome, end[1]))
        if pauses.waits:
            await pause(prepared, pauses, output, state.version.id)
            return
        finished = workflow_finished(run_id, state.version.id, run, end, request.caller, state.created_at)
        await self._speaking.end(output, [finished], state.built.features, request, "".join(texts))

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """Go on from the journal."""
        request = await request_of(run, self._services.reader)
        if request is None:
            return None
        version = await version_of(request, self._services.reader)
        created_at = run.stored["created_at"]
        system = {**system_variables(request, version, run.run_id, files=[]), "timestamp": created_at}
        state = GraphState(
            version=version,
            built=self._graphs.get(version),
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
        """What the end of the run says."""
        data = next(event["data"] for event in reversed(events) if event["event"] in _LAST)
        if data["status"] == "paused":
            more = {"id": prepared.run_id, "workflow_id": prepared.state.version.id, "error": None, "finished_at": None}
            data = {**data, **more}
        body = {
            "task_id": prepared.task_id,
            "workflow_run_id": prepared.run_id,
            "data": {name: data[name] for name in _BLOCKING},
        }
        return BlockingAnswer(body=body)


def text_chunk(texts: list[str], event: NodeRunStreamChunk) -> WireEvent:
    """A piece of the text of an end node, which is added to `texts`."""
    texts.append(event.chunk)
    return {
        "event": "text_chunk",
        "data": {"text": event.chunk, "from_variable_selector": list(event.selector)},
    }
