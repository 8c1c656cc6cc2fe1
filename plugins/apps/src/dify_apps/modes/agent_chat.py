"""The mode `agent-chat`: a model that calls tools, in rounds, until it answers."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import update

from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.models import LanguageModelSchema, Message, ModelFeature

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, Write
from ..tables.apps import APPS
from .agent.dataset_tools import dataset_tools
from .agent.function_calling import call_functions
from .agent.history import thoughts_of, with_tools
from .agent.react import reason_and_act
from .agent.rounds import AgentRun
from .agent.toolbox import Toolbox, configured_tools
from .chat.answers import message_body
from .chat.conversations import broken_message, checked_query
from .easy.answering import Answer
from .easy.config import EasyConfig
from .easy.ending import finish
from .easy.memory import messages_of
from .easy.services import EasyServices
from .easy.turns import turn_of
from .stopping import until_stopped

_CALLS: Final = frozenset({ModelFeature.TOOL_CALL, ModelFeature.MULTI_TOOL_CALL, ModelFeature.STREAM_TOOL_CALL})


class AgentChatMode:
    """Answers turns of a conversation with rounds of a model and tools; satisfies `AppMode`."""

    name = "agent-chat"

    def __init__(self, services: EasyServices) -> None:
        self._parts = services

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the request and open the turn; raises `InvalidParam` for a client that does not stream."""
        if not request.streaming:
            raise InvalidParam("Agent Chat App does not support blocking mode")
        prepared = await self._parts.turns.prepare(request, checked_query(request.query))
        if request.app.stored_mode is not None:
            mine = APPS.c.id == request.app.id, APPS.c.tenant_id == request.app.tenant_id
            known = update(APPS).where(*mine).values(mode=self.name, updated_at=APPS.c.updated_at)
            prepared.writes = [*prepared.writes, (known, None)]
        return prepared

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Answer the turn."""
        turn = turn_of(prepared)
        asked, answer = turn.query, Answer(turn.message_id, output, agent=True)
        async with until_stopped(output):
            await self._answer(prepared, answer)
        await self._parts.models.settle(answer, prepared.request.app.tenant_id)
        await finish(prepared, answer, self._parts.speaking)
        if turn.turn.is_first:
            self._parts.naming.begin(prepared, turn.turn.conversation_id, asked)

    async def resume(self, run: OrphanedRun) -> PreparedRun | None:
        """An answer that broke off cannot be continued."""
        return None

    def failed(self, run_id: str, app_id: str, error: str) -> Sequence[Write]:
        """End the row of a message whose answer broke off."""
        return [broken_message(run_id, app_id, error)]

    def blocking(self, prepared: PreparedRun, events: Sequence[WireEvent]) -> BlockingAnswer:
        """The whole answer; only for callers inside, which ask for a stream and read its end."""
        return BlockingAnswer(body=message_body(prepared, self.name, events))

    async def _answer(self, prepared: PreparedRun, answer: Answer) -> None:
        steps = self._parts.steps
        if await steps.moderated(prepared, answer) or await steps.annotated(prepared, answer):
            return
        await steps.fill_inputs(prepared)
        steps.guard(prepared, answer)
        config, tenant_id = turn_of(prepared).config, prepared.request.app.tenant_id
        schema = await self._parts.models.schema(config.model, tenant_id)
        calls = calls_functions(config, schema)
        run = AgentRun(
            prepared=prepared,
            answer=answer,
            schema=schema,
            toolbox=await self._toolbox(prepared, answer),
            models=self._parts.models,
            history=await self._history(prepared, schema, with_calls=calls),
        )
        await (call_functions(run) if calls else reason_and_act(run))

    async def _toolbox(self, prepared: PreparedRun, answer: Answer) -> Toolbox:
        services = self._parts.services
        tools = await configured_tools(prepared, answer, services)
        return Toolbox([*tools, *dataset_tools(prepared, answer, self._parts.knowledge, services)])

    async def _history(
        self, prepared: PreparedRun, schema: LanguageModelSchema, *, with_calls: bool
    ) -> Sequence[Message]:
        """The earlier turns, without the oldest that there is no room for."""
        turn, replying = turn_of(prepared), self._parts.replying
        if turn.turn.is_first:
            return ()
        turns = await replying.past(prepared)
        thoughts = await thoughts_of(turns, self._parts.database) if with_calls else {}
        messages = with_tools(turns, thoughts) if with_calls else messages_of(turns)
        own = [Message(role="user", content=f"{turn.config.settings.pre_prompt}\n{turn.query}")]
        return await replying.recalled(prepared, schema, messages, own)


def calls_functions(config: EasyConfig, schema: LanguageModelSchema) -> bool:
    """Whether the model calls tools by itself: it can, or the app or its provider says so."""
    if schema.features & _CALLS:
        return True
    strategy = config.settings.agent_mode.strategy
    if strategy in {"function_call", "react"}:
        return strategy == "function_call"
    return config.model.provider.rpartition("/")[2] == "openai"
