"""One call of the app's model, with the prompt that its configuration describes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from dify_runtime_sdk.models import LanguageModelSchema, Message

from ...api import InvokeFrom, PreparedRun, RunRequest
from ..chat.conversations import NOBODY
from .answering import Answer
from .calling import ModelCaller, file_parts, mode_of
from .config import EasyConfig
from .memory import FREE_TOKENS, PastTurn, Threads, fitting, messages_of
from .prompts import Prompt, PromptParts, build
from .turns import turn_of


class Replying:
    """Builds the prompt and passes the model's answer on."""

    def __init__(self, models: ModelCaller, threads: Threads) -> None:
        self._models = models
        self._threads = threads

    async def reply(self, prepared: PreparedRun, answer: Answer, *, context: str | None, remembers: bool) -> None:
        """Ask the model; `remembers`: whether earlier turns belong to the prompt."""
        turn = turn_of(prepared)
        request, config = prepared.request, turn.config
        schema = await self._models.schema(config.model, request.app.tenant_id)
        prompt = await self._prompt(prepared, schema, context, remembers=remembers)
        answer.prompt = prompt.messages
        call = await self._models.call(request, config, schema, prompt.messages, stop=prompt.stop)
        async with self._models.stream(call, answer) as chunks:
            async for chunk in chunks:
                answer.hear(chunk)
                if chunk.text and not await answer.tell(chunk.text):
                    return

    async def _prompt(
        self, prepared: PreparedRun, schema: LanguageModelSchema, context: str | None, *, remembers: bool
    ) -> Prompt:
        turn = turn_of(prepared)
        config, mode = turn.config, mode_of(turn.config, schema)
        parts = PromptParts(
            inputs=turn.inputs,
            query=turn.query,
            context=context,
            files=file_parts(turn.files, config, schema),
        )
        if not remembers or turn.turn.is_first:
            return build(config, mode, parts)
        history = messages_of(await self.past(prepared))
        if not history:
            return build(config, mode, parts)
        kept = await self.recalled(prepared, schema, history, build(config, mode, parts).messages)
        return build(config, mode, replace(parts, history=kept))

    async def past(self, prepared: PreparedRun) -> list[PastTurn]:
        """The earlier turns of the thread."""
        turn = turn_of(prepared)
        return await self._threads.turns(
            turn.turn.conversation_id,
            tenant_id=prepared.request.app.tenant_id,
            parent=parent_of(prepared.request),
            files=turn.config.settings.file_upload.enabled,
        )

    async def recalled(
        self,
        prepared: PreparedRun,
        schema: LanguageModelSchema,
        history: Sequence[Message],
        prompt: Sequence[Message],
    ) -> list[Message]:
        """The history with the files that the model reads, without the oldest turns that there is no room for."""
        config, tenant_id = turn_of(prepared).config, prepared.request.app.tenant_id
        seen = [readable(message, config, schema) for message in history]
        count = partial(self._models.count, config.model, tenant_id=tenant_id)
        room = FREE_TOKENS
        if schema.context_size:
            asked = config.parameters.get("max_tokens")
            room = schema.context_size - await count(prompt) - (asked if isinstance(asked, int) else 0)
        return await fitting(seen, room, count)


def parent_of(request: RunRequest) -> str | None:
    """The message that a turn follows; None for the first of a thread."""
    if request.caller.invoke_from is InvokeFrom.SERVICE_API:
        return NOBODY
    return request.parent_message_id


def readable(message: Message, config: EasyConfig, schema: LanguageModelSchema) -> Message:
    """The message with only those of its files that the model reads."""
    if isinstance(message.content, str):
        return message
    files = [part.file for part in message.content if not isinstance(part, str)]
    texts = [part for part in message.content if isinstance(part, str)]
    parts = file_parts(files, config, schema)
    return replace(message, content=[*parts, *texts] if parts else "\n".join(texts))
