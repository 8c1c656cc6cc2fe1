"""The mode `advanced-chat`: a graph that answers the turns of a conversation."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from dify_database import uuid4_text
from dify_runtime_sdk.http import InvalidParam

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, Write
from ..runs.failures import as_event
from ..tables.messages import MESSAGES
from .chat.answers import message_body
from .chat.conversations import broken_message, checked_query, open_turn
from .chat.parts import ConversationParts
from .graph import conversation_variables
from .graph.answering import Answer
from .graph.ending import BY_MODERATION, last_look, message_end, written
from .graph.pausing import Pauses, pause
from .graph.preparing import Graphs, shown_inputs, system_variables, version_of
from .graph.resuming import request_of, stored_request
from .graph.rows import NodeRows, broken_off, end_of_run, run_row
from .graph.running import end_of, run_graph, workflow_finished, workflow_started
from .graph.services import GraphServices
from .graph.starting import GraphState, start
from .graph.wire import GraphWire
from .inputs import checked_files, checked_inputs
from .stopping import until_stopped

if TYPE_CHECKING:
    from dify_workflow import Run


@dataclass(slots=True, kw_only=True)
class ChatflowState(GraphState):
    """What the mode knows of a run. Moderation may change `inputs` and `query`.

    `screened`: whether moderation or an annotation may answer before the graph; its row is written after that.
    """

    conversation_id: str
    message_id: str
    query: str
    asked: str
    """The question as the user sent it."""
    is_first: bool
    screened: bool = False

    @property
    def cites(self) -> bool:
        """Whether the app shows what its answers rest on."""
        return self.built.features.retriever_resource.enabled

    @property
    def shared(self) -> dict[str, Any]:
        """The fields of every event."""
        ids = {"conversation_id": self.conversation_id, "message_id": self.message_id}
        return {**ids, "created_at": self.created_at}


class AdvancedChatMode:
    """Runs the published graph of a chat app; satisfies `AppMode`."""

    name = "advanced-chat"

    def __init__(self, services: GraphServices, common: ConversationParts) -> None:
        self._services = services
        self._common = common
        self._graphs = Graphs(services.engine)

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Find or begin the conversation, check the inputs, and build the graph."""
        query, services = checked_query(request.query), self._services
        version = await version_of(request, services.reader)
        built, run_id = self._graphs.get(version), uuid4_text()
        inputs = await checked_inputs(built.form, request, services.files)
        files = await checked_files(built.features, request, services.files)
        turn = await open_turn(
            request,
            services.database,
            inputs=inputs,
            query=query,
            opening=built.features.opening_statement,
            files=files,
            run_id=run_id,
            features=built.features_text,
        )
        variables, missing = await conversation_variables.load(
            version, turn.conversation_id, request.app.id, services.database, is_new=turn.is_first
        )
        talk = {"query": query, "files": files, "conversation_id": turn.conversation_id, "dialogue_count": turn.count}
        state = ChatflowState(
            version=version,
            built=built,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            created_at=_seconds(turn.created_at),
            system=system_variables(request, version, run_id, **talk),
            inputs=inputs,
            variables=variables,
            query=query,
            asked=query,
            is_first=turn.is_first,
            screened=await self._common.screening.applies(built.features, request),
        )
        begun = [] if state.screened else [_begun(run_id, request, state)]
        return _prepared(uuid4_text(), run_id, request, state, writes=[*turn.writes, *missing, *begun])

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Answer the turn: by moderation or an annotation, else by the graph."""
        state: ChatflowState = prepared.state
        answer = Answer(state.message_id, output)
        waits = False
        if not (state.screened and await self._is_answered(prepared, answer)):
            waits = await self._answer(prepared, answer)
        if state.is_first and not waits:
            self._common.naming.begin(prepared, state.conversation_id, state.asked)

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """Go on from the journal."""
        request = await request_of(run, self._services.reader)
        if request is None:
            return None
        version, stored = await version_of(request, self._services.reader), run.stored
        conversation_id, count = stored["conversation_id"], stored["dialogue_count"]
        talk = {"query": request.query, "files": [], "conversation_id": conversation_id, "dialogue_count": count}
        state = ChatflowState(
            version=version,
            built=self._graphs.get(version),
            conversation_id=conversation_id,
            message_id=stored["message_id"],
            created_at=stored["created_at"],
            system=system_variables(request, version, run.run_id, **talk),
            query=request.query or "",
            asked=request.query or "",
            is_first=count == 1,
            orphan=run,
        )
        return _prepared(run.task_id, run.run_id, request, state)

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        """End the rows of a run that broke off."""
        mine = MESSAGES.c.workflow_run_id == run_id, MESSAGES.c.app_id == app_id
        message = update(MESSAGES).where(*mine).values(status="error", error=error)
        return [broken_off(run_id, app_id, error), (message, None)]

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        """The whole answer, and what it cost."""
        return BlockingAnswer(body=message_body(prepared, self.name, events))

    async def _is_answered(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Whether the answer was given without the graph, or nobody waits for one; else the run of the graph begins."""
        state, request, output = prepared.state, prepared.request, answer.output
        features, screening, hit = state.built.features, self._common.screening, False
        async with until_stopped(output):
            hit = await screening.moderated(features, request, state, answer)
            hit = hit or await screening.annotated(request, state, answer)
        if hit or output.stopping:
            output.record(*written(state.message_id, answer, request.caller, cites=False, workflow_run_id=None))
            end = message_end(state.message_id, answer, cites=False)
            await self._common.speaking.end(output, [end], features, request, answer.text)
            return True
        state.system = {**state.system, "query": state.query}
        output.record(_begun(prepared.run_id, request, state))
        await output.committed()
        return False

    async def _answer(self, prepared: PreparedRun, answer: Answer) -> bool:
        """Run the graph, and save what it said; whether it waits for somebody."""
        state: ChatflowState = prepared.state
        run_id, request, output, version = prepared.run_id, prepared.request, answer.output, state.version
        self._common.screening.guard(state.built.features, request, answer)
        run, executions = await start(prepared, state, self._services, output, state.conversation_id)
        rows, of_graph = NodeRows(run_id, request, version, executions), {"workflow_run_id": run_id}
        shown = shown_inputs(run.inputs, state.system)
        started = workflow_started(run_id, version.id, shown, int(time.time())) | of_graph
        pauses = Pauses(run, started, state.answers, of_graph)
        output.emit(started)
        look = None if answer.guard is None else partial(_look, run, answer)
        wire = GraphWire(answer.chunk, of_graph, self._services.shape(request))
        await run_graph(run, wire, rows, output, pauses, answer.note, look)
        end = end_of(run, output.stopping or (BY_MODERATION if answer.closed else None))
        output.record(*rows.take(), end_of_run(run_id, run.outcome, end[1]))
        output.record(*conversation_variables.changes(version, state.conversation_id, run.outcome.conversation))
        if pauses.waits:
            await pause(prepared, pauses, output, version.id)
            return True
        finished = workflow_finished(run_id, version.id, run, end, request.caller, state.created_at)
        await self._end(prepared, answer, end, finished | of_graph)
        return False

    async def _end(
        self, prepared: PreparedRun, answer: Answer, end: tuple[str, str | None], finished: WireEvent
    ) -> None:
        state, request, output = prepared.state, prepared.request, answer.output
        if end[0] == "failed":
            text = f"Run failed: {end[1]}"
            output.record(broken_message(state.message_id, request.app.id, text))
            await output.end(finished, as_event(InvalidParam(text)))
            return
        replaced = await last_look(answer)
        output.record(*written(state.message_id, answer, request.caller, cites=state.cites))
        events = [finished, *replaced, message_end(state.message_id, answer, cites=state.cites)]
        await self._common.speaking.end(output, events, state.built.features, request, answer.text)


def _begun(run_id: str, request: RunRequest, state: ChatflowState) -> Write:
    return run_row(run_id, request, state.version, shown_inputs(state.inputs, state.system))


def _prepared(
    task_id: str, run_id: str, request: RunRequest, state: ChatflowState, *, writes: Sequence[Write] = ()
) -> PreparedRun:
    ids = {"conversation_id": state.conversation_id, "message_id": state.message_id}
    more = {"created_at": state.created_at, "dialogue_count": state.system["dialogue_count"]}
    return PreparedRun(
        task_id=task_id,
        run_id=run_id,
        request=request,
        shared=state.shared,
        writes=writes,
        stored=stored_request(request, state.version.id, **ids, **more),
        state=state,
    )


async def _look(run: "Run", answer: Answer) -> None:
    """Have the answer judged when there is enough of it; a run whose answer is closed is stopped."""
    if answer.guard is not None and answer.guard.due:
        await answer.guard.look()
        if answer.closed:
            run.abort(BY_MODERATION)


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
