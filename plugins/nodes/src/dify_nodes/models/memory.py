"""Memory: the earlier turns of a conversation, cut to the window and to what the model can take."""

from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.models import LanguageModels, LanguageModelSchema, Message
from dify_runtime_sdk.workflow import NodeContext
from dify_runtime_sdk.workflow.memory import ConversationMemory

from .config import MemoryConfig, ModelConfig, RolePrefix
from .files import readable
from .prompts import message_text

_MOST_TURNS: Final = 500
_PER_TURN: Final = 2
_FREE_TOKENS: Final = 2000
"""The share of the history where nothing is known of the model's limit."""


def conversation_of(context: NodeContext) -> str:
    """The id of the conversation that the run belongs to, empty outside one."""
    return context.run.conversation_id or str(context.variables.get(("sys", "conversation_id")) or "")


async def recall(
    memory: MemoryConfig | None,
    model: ModelConfig,
    schema: LanguageModelSchema,
    prompt: Sequence[Message],
    context: NodeContext,
) -> list[Message]:
    """The turns that come with `prompt`, oldest first: as many as the window allows and the model has room for."""
    conversation = conversation_of(context)
    if memory is None or not conversation:
        return []
    service = await context.services.get(ConversationMemory)
    turns = memory.window.size if memory.window.enabled else None
    limit = min(turns, _MOST_TURNS) if turns and turns > 0 else _MOST_TURNS
    history = await service.history(conversation, tenant_id=context.run.tenant_id, limit=limit * _PER_TURN)
    kept = [readable(message, schema) for message in history[-limit * _PER_TURN :]]
    return await _fitting(kept, model, schema, prompt, context) if kept else []


async def _fitting(
    history: list[Message],
    model: ModelConfig,
    schema: LanguageModelSchema,
    prompt: Sequence[Message],
    context: NodeContext,
) -> list[Message]:
    """The longest end of `history` for which there is room."""
    models = await context.services.get(LanguageModels)
    tenant = context.run.tenant_id
    room = _FREE_TOKENS
    if schema.context_size is not None:
        used = await models.count_tokens(model.id, prompt, tenant_id=tenant)
        room = schema.context_size - used - _answer_tokens(model)

    async def fits(dropped: int) -> bool:
        rest = history[dropped:]
        return not rest or await models.count_tokens(model.id, rest, tenant_id=tenant) <= room

    low, high = 0, len(history)
    while low < high:  # the fewest dropped messages with which the rest fits
        middle = (low + high) // 2
        if await fits(middle):
            high = middle
        else:
            low = middle + 1
    return history[low:]


def _answer_tokens(model: ModelConfig) -> int:
    asked = model.completion_params.get("max_tokens")
    return asked if isinstance(asked, int) else 0


def transcript(history: Sequence[Message], prefix: RolePrefix | None) -> str:
    """The history as one text, for prompts that are one."""
    user = (prefix.user if prefix else "") or "Human"
    assistant = (prefix.assistant if prefix else "") or "Assistant"
    names = {"user": user, "assistant": assistant}
    spoken = [message for message in history if message.role in names]
    return "\n".join(f"{names[message.role]}: {message_text(message)}" for message in spoken)
