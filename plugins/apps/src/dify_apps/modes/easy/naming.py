"""Names of conversations, found in the background: no answer waits for one."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sqlalchemy import update

from dify_database import Database
from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.models import LanguageModelRequest, Message

from ...api import App, InvokeFrom, PreparedRun, RunRequest
from ...tables.messages import CONVERSATIONS
from ..chat.conversations import provisional_name
from .calling import ModelCaller

_log: Final = logging.getLogger(__name__)

_AT_ONCE: Final = 4
_MOST_WAITING: Final = 200
"""Conversations that wait for a name; further ones get the fallback at once."""
_SECONDS: Final = 60.0
_LONGEST: Final = 75
_WHOLE: Final = 50
_CUT: Final = 47
_READ: Final = 2000
"""Characters of a question that the model is shown."""
_PROMPT: Final = (
    "Give the conversation that begins with the message below a title of at most ten words, in the language of the "
    'message. Answer with a JSON object and nothing else: {{"title": "..."}}\n\nMessage:\n{query}'
)


class Naming:
    """Names conversations; satisfies `ConversationNaming`.

    A new conversation is named after its first answer. A name that a dying process loses is not made up for.
    """

    def __init__(self, models: ModelCaller, database: Database, spawn: Callable[..., "asyncio.Task[None]"]) -> None:
        self._models = models
        self._database = database
        self._spawn = spawn
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    def begin(self, prepared: PreparedRun, conversation_id: str, query: str) -> None:
        """Name the conversation that a run has begun, unless the client does not want that; returns at once."""
        if wants_name(prepared.request):
            work: Coroutine[Any, Any, None] = self.name_new(conversation_id, prepared.request.app, query)
            self._spawn(work, name=f"name conversation {conversation_id}")

    async def name_new(self, conversation_id: str, app: App, query: str) -> None:
        """Find a name and store it, unless somebody has given one meanwhile."""
        if self._waiting >= _MOST_WAITING:
            title = fallback(query)
        else:
            self._waiting += 1
            try:
                title = await self.name(app, query, conversation_id=conversation_id)
            finally:
                self._waiting -= 1
        await self._store(conversation_id, app, provisional_name(query), title)

    async def name(self, app: App, query: str, *, conversation_id: str) -> str:
        """A title for a conversation that begins with `query`: of the default model, or made of the question."""
        try:
            async with self._places, asyncio.timeout(_SECONDS):
                return await self._asked(app, query) or fallback(query)
        except (DifyRuntimeError, TimeoutError) as error:
            _log.info("no name of the default model for conversation %s: %s", conversation_id, error)
            return fallback(query)

    async def _asked(self, app: App, query: str) -> str:
        model = await self._models.default(app.tenant_id)
        if model is None:
            return ""
        call = LanguageModelRequest(
            model=model,
            messages=[Message(role="user", content=_PROMPT.format(query=query[:_READ]))],
            tenant_id=app.tenant_id,
            parameters={"max_tokens": 100, "temperature": 1.0},
        )
        texts = [chunk.text async for chunk in (await self._models.models()).invoke(call)]
        return title_in("".join(texts))

    async def _store(self, conversation_id: str, app: App, former: str, title: str) -> None:
        if title == former:
            return
        table = CONVERSATIONS.c
        mine = table.id == conversation_id, table.app_id == app.id, table.name == former
        named = update(CONVERSATIONS).where(*mine).values(name=title, updated_at=table.updated_at)
        await self._database.write(lambda session: session.execute(named))


def wants_name(request: RunRequest) -> bool:
    """Whether a new conversation is to be named: unless the client says no; web apps ask for names by themselves."""
    return request.auto_generate_name is not False and request.caller.invoke_from is not InvokeFrom.WEB_APP


def fallback(query: str) -> str:
    """The name that a question makes."""
    return query if len(query) <= _WHOLE else f"{query[:_CUT]}..."


def title_in(text: str) -> str:
    """The title in a model's answer, empty when it gave none as asked."""
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0 or end < begin:
        return ""
    try:
        title = json.loads(text[begin : end + 1]).get("title")
    except (ValueError, AttributeError):
        return ""
    return " ".join(title.split())[:_LONGEST] if isinstance(title, str) else ""
