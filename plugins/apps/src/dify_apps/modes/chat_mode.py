"""The mode `chat`: a prompt, the conversation so far, and a model."""

from collections.abc import Sequence

from ..api import BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, Write
from .chat.answers import message_body
from .chat.conversations import broken_message, checked_query
from .easy.answering import Answer
from .easy.ending import finish
from .easy.services import EasyServices
from .easy.turns import turn_of
from .stopping import until_stopped


class ChatMode:
    """Answers turns of a conversation with one call of a model each; satisfies `AppMode`."""

    name = "chat"

    def __init__(self, services: EasyServices) -> None:
        self._parts = services

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the request and open the turn."""
        return await self._parts.turns.prepare(request, checked_query(request.query))

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Answer the turn."""
        turn = turn_of(prepared)
        asked, answer = turn.query, Answer(turn.message_id, output)
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
        """The whole answer, and what it cost."""
        return BlockingAnswer(body=message_body(prepared, self.name, events))

    async def _answer(self, prepared: PreparedRun, answer: Answer) -> None:
        steps, turn = self._parts.steps, turn_of(prepared)
        if await steps.moderated(prepared, answer) or await steps.annotated(prepared, answer):
            return
        await steps.fill_inputs(prepared)
        context = await steps.context(prepared, answer, turn.query)
        steps.guard(prepared, answer)
        await self._parts.replying.reply(prepared, answer, context=context, remembers=True)
