"""The mode `advanced-chat`: a graph that answers the turns of a conversation."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from dify_database import Database, uuid4_text
from dify_files import Files
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.secrets import TenantSecrets
from dify_workflow import Variable

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, WorkflowVersion, Write
from ..reading import AppReader
from ..runs.failures import as_event
from ..tables.messages import MESSAGES
from .chat.conversations import (
    broken_message,
    checked_query,
    dumped_metadata,
    end_of_message,
    message_end,
    metadata_of,
    open_turn,
)
from .easy.ending import plain_prices
from .graph import conversation_variables
from .graph.answering import Answer
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
from .graph.rows import NodeRows, broken_off, end_of_run, run_row
from .graph.running import end_of, run_graph, workflow_finished, workflow_started
from .graph.wire import GraphWire
from .inputs import checked_files, checked_inputs

if TYPE_CHECKING:
    from dify_workflow import Run, WorkflowEngine


@dataclass(slots=True, kw_only=True)
class _State:
    """What the mode knows of a run."""

    version: WorkflowVersion
    built: BuiltGraph
    conversation_id: str
    message_id: str
    created_at: int
    system: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    variables: Sequence[Variable] = ()
    orphan: OrphanedRun | None = None


class AdvancedChatMode:
    """Runs the published graph of a chat app; satisfies `AppMode`."""

    name = "advanced-chat"

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
        """Find or begin the conversation, check the inputs, and build the graph."""
        query = checked_query(request.query)
        version = await version_of(request, self._reader)
        built = self._graphs.get(version)
        inputs = await checked_inputs(built.form, request, self._files)
        files = await checked_files(version.features, request, self._files)
        opening = version.features.get("opening_statement") or ""
        turn = await open_turn(request, self._database, inputs=inputs, query=query, opening=opening, files=files)
        variables, missing = await conversation_variables.load(
            version, turn.conversation_id, request.app.id, self._database, is_new=turn.is_first
        )
        run_id, created_at = uuid4_text(), _seconds(turn.created_at)
        talk = {"query": query, "files": files, "conversation_id": turn.conversation_id, "dialogue_count": turn.count}
        system = system_variables(request, version, run_id, **talk)
        state = _State(
            version=version,
            built=built,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            created_at=created_at,
            system=system,
            inputs=inputs,
            variables=variables,
        )
        known = update(MESSAGES).where(MESSAGES.c.id == turn.message_id).values(workflow_run_id=run_id)
        begun = run_row(run_id, request, version, shown_inputs(inputs, system))
        return PreparedRun(
            task_id=uuid4_text(),
            run_id=run_id,
            request=request,
            shared=_shared(turn.conversation_id, turn.message_id, created_at),
            writes=[*turn.writes, (known, None), *missing, begun],
            stored=stored_request(
                request,
                version.id,
                conversation_id=turn.conversation_id,
                message_id=turn.message_id,
                created_at=created_at,
                dialogue_count=turn.count,
            ),
            state=state,
        )

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Run the graph, and save what it said."""
        state: _State = prepared.state
        run_id, request, version = prepared.run_id, prepared.request, state.version
        run, written = await self._run(prepared, output)
        answer, rows = Answer(state.message_id), NodeRows(run_id, request, version, written)
        shown = shown_inputs(run.inputs, state.system)
        of_graph = {"workflow_run_id": run_id}
        output.emit(workflow_started(run_id, version.id, shown, int(time.time())) | of_graph)
        await run_graph(run, GraphWire(answer.chunk, of_graph), rows, output, answer.note)
        end = end_of(run, output)
        output.record(*rows.take(), end_of_run(run_id, run.outcome, end[1]))
        output.record(*conversation_variables.changes(version, state.conversation_id, run.outcome.conversation))
        finished = workflow_finished(run_id, version.id, run, end, request.caller, state.created_at)
        await self._end(prepared, answer, end, finished | of_graph, output)

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """Go on from the journal."""
        request = await request_of(run, self._reader)
        if request is None:
            return None
        version, stored = await version_of(request, self._reader), run.stored
        conversation_id, message_id = stored["conversation_id"], stored["message_id"]
        talk = {
            "query": request.query,
            "files": [],
            "conversation_id": conversation_id,
            "dialogue_count": stored["dialogue_count"],
        }
        state = _State(
            version=version,
            built=self._graphs.get(version),
            conversation_id=conversation_id,
            message_id=message_id,
            created_at=stored["created_at"],
            system=system_variables(request, version, run.run_id, **talk),
            orphan=run,
        )
        return PreparedRun(
            task_id=run.task_id,
            run_id=run.run_id,
            request=request,
            shared=_shared(conversation_id, message_id, stored["created_at"]),
            stored=stored,
            state=state,
        )

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        """End the rows of a run that broke off."""
        mine = MESSAGES.c.workflow_run_id == run_id, MESSAGES.c.app_id == app_id
        message = update(MESSAGES).where(*mine).values(status="error", error=error)
        return [broken_off(run_id, app_id, error), (message, None)]

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        """The whole answer, and what it cost."""
        state: _State = prepared.state
        end = events[-1]
        answer = "".join(event["answer"] for event in events if event["event"] == "message")
        body = {
            "event": "message",
            "task_id": prepared.task_id,
            "id": state.message_id,
            "message_id": state.message_id,
            "conversation_id": state.conversation_id,
            "mode": self.name,
            "answer": answer,
            "metadata": {**end["metadata"], "usage": plain_prices(end["metadata"]["usage"])},
            "created_at": state.created_at,
        }
        return BlockingAnswer(body=body)

    async def _end(
        self,
        prepared: PreparedRun,
        answer: Answer,
        end: tuple[str, str | None],
        finished: WireEvent,
        output: RunOutput,
    ) -> None:
        state: _State = prepared.state
        status, error = end
        if status == "failed":
            text = f"Run failed: {error}"
            output.record(broken_message(state.message_id, prepared.request.app.id, text))
            await output.end(finished, as_event(InvalidParam(text)))
            return
        usage, resources = answer.usage, answer.resources
        metadata = dumped_metadata(metadata_of(usage, resources))
        output.record(
            end_of_message(
                state.message_id,
                answer.text,
                usage,
                message_metadata=metadata,
                provider_response_latency=answer.latency,
            )
        )
        await output.end(finished, message_end(state.message_id, usage, resources=resources, files=answer.files))

    async def _run(self, prepared: PreparedRun, output: RunOutput) -> "tuple[Run, frozenset[str]]":
        """The engine's run, new or continued, and the executions whose rows are there."""
        state: _State = prepared.state
        request = prepared.request
        environment = await environment_of(state.version, request.app.tenant_id, self._secrets)
        info = run_info(request, state.version, prepared.run_id, state.conversation_id)
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
            conversation=state.variables,
            journal=output.journal,
        )
        return run, frozenset()


def _shared(conversation_id: str, message_id: str, created_at: int) -> dict[str, Any]:
    return {"conversation_id": conversation_id, "message_id": message_id, "created_at": created_at}


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
