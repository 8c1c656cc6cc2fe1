"""Questions that a user may ask next, thought up by a model."""

import json
from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.models import LanguageModelRequest, Message, ModelCredentialsMissingError, ModelId

from ...api import App
from .calling import ModelCaller
from .memory import Threads
from .prompts.texts import transcript

_TURNS: Final = 3
"""Turns that the model is shown."""
_MOST: Final = 3
_PROMPT: Final = (
    "Below is the end of a conversation between a human and an assistant. Think of the three questions that the human "
    "is most likely to ask next, each at most twenty words, in the language of the assistant's last answer. Answer "
    'with a JSON array of texts and nothing else: ["...", "...", "..."]\n\n{conversation}'
)


class Suggestions:
    """Asks the default model, or the app's own where there is none; satisfies `SuggestedQuestions`."""

    def __init__(self, models: ModelCaller, threads: Threads) -> None:
        self._models = models
        self._threads = threads

    async def suggest(self, app: App, *, conversation_id: str, message_id: str) -> Sequence[str]:
        """At most three questions; none when the model does not answer as asked. Raises `ModelError`."""
        turns = await self._threads.turns(conversation_id, tenant_id=app.tenant_id, parent=message_id)
        told = [one for turn in turns[-_TURNS:] for one in turn.messages]
        model = await self._models.default(app.tenant_id) or _own_model(app)
        if model is None:
            raise ModelCredentialsMissingError(
                "no model can think of questions", hint="`dify-runtime models default` chooses one"
            )
        if not told:
            return []
        call = LanguageModelRequest(
            model=model,
            messages=[Message(role="user", content=_PROMPT.format(conversation=transcript(told)))],
            tenant_id=app.tenant_id,
            parameters={"max_tokens": 256, "temperature": 0.0},
            streaming=False,
        )
        texts = [chunk.text async for chunk in (await self._models.models()).invoke(call)]
        return questions_in("".join(texts))


def questions_in(text: str) -> list[str]:
    """The questions in a model's answer, none when it gave no list."""
    begin, end = text.find("["), text.rfind("]")
    if begin < 0 or end < begin:
        return []
    try:
        value = json.loads(text[begin : end + 1])
    except ValueError:
        return []
    return [one.strip() for one in value if isinstance(one, str) and one.strip()][:_MOST]


def _own_model(app: App) -> ModelId | None:
    model = (app.config or {}).get("model") or {}
    return ModelId(model["provider"], model["name"]) if model.get("provider") and model.get("name") else None
