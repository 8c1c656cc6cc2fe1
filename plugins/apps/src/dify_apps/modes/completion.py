"""The mode `completion`: a prompt filled with inputs, and a model; nothing is remembered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from ..api import App, BlockingAnswer, OrphanedRun, PreparedRun, RunOutput, RunRequest, WireEvent, Write
from .chat.answers import message_body, sees_all
from .chat.conversations import broken_message
from .easy.answering import Answer
from .easy.ending import finish
from .easy.services import EasyServices
from .easy.steps import searched_for
from .easy.turns import turn_of
from .stopping import until_stopped

_WARMER: Final = 0.9
"""The temperature of one more answer to the same."""


class CompletionMode:
    """Answers each request by itself; satisfies `AppMode`."""

    name = "completion"

    def __init__(self, services: EasyServices) -> None:
        self._parts = services

    async def prepare(self, request: RunRequest) -> PreparedRun:
        """Check the request and open a conversation of one turn, which clients do not see."""
        query = (request.query or "").replace("\x00", "")
        return await self._parts.turns.prepare(replace(request, conversation_id=None), query, in_conversation=False)

    async def run(self, prepared: PreparedRun, output: RunOutput) -> None:
        """Answer the request."""
        turn = turn_of(prepared)
        answer = Answer(turn.message_id, output)
        async with until_stopped(output):
            await self._answer(prepared, answer)
        await self._parts.models.settle(answer, prepared.request.app.tenant_id)
        await finish(prepared, answer, self._parts.speaking, reduced=not sees_all(prepared.request))

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
        steps = self._parts.steps
        if await steps.moderated(prepared, answer):
            return
        await steps.fill_inputs(prepared)
        context = await steps.context(prepared, answer, searched_for(turn_of(prepared)))
        steps.guard(prepared, answer)
        await self._parts.replying.reply(prepared, answer, context=context, remembers=False)


def warmer(app: App) -> App:
    """The app as it answers a second time to the same ("more like this"): with a temperature of its own."""
    config = dict(app.config or {})
    model: dict[str, Any] = dict(config.get("model") or {})
    model["completion_params"] = {**(model.get("completion_params") or {}), "temperature": _WARMER}
    return replace(app, config={**config, "model": model})
