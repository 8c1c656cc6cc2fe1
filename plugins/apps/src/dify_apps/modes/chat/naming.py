"""Names of conversations, found in the background: no answer waits for one."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sqlalchemy import select, update

from dify_database import Database
from dify_runtime_sdk import DifyRuntimeError, Services
from dify_runtime_sdk.models import LanguageModelRequest, Message

from ...api import App, InvokeFrom, PreparedRun, RunRequest
from ...tables.messages import CONVERSATIONS
from ..models import default_model, language_models
from .conversations import provisional_name

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

    A new conversation is named once its first answer has ended; one that had to wait for its turn only if it still has
    its first name then. A name that a dying process loses is not made up for.
    """

    def __init__(self, services: Services, database: Database, spawn: Callable[..., "asyncio.Task[None]"]) -> None:
        self._services = services
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
        former = provisional_name(query)
        if self._waiting >= _MOST_WAITING:
            await self._store(conversation_id, app, former, fallback(query))
            return
        self._waiting += 1
        try:
            queued = self._places.locked()  # then somebody may have renamed or deleted it meanwhile
            async with self._places:
                if not queued or await self._is_called(former, conversation_id, app):
                    await self._store(conversation_id, app, former, await self._found(app, query, conversation_id))
        finally:
            self._waiting -= 1

    async def name(self, app: App, query: str, *, conversation_id: str) -> str:
        """A title for a conversation that begins with `query`: of the default model, or made of the question."""
        async with self._places:
            return await self._found(app, query, conversation_id)

    async def _found(self, app: App, query: str, conversation_id: str) -> str:
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._asked(app, query) or fallback(query)
        except (DifyRuntimeError, TimeoutError) as error:
            _log.info("no name of the default model for conversation %s: %s", conversation_id, error)
            return fallback(query)

    async def _asked(self, app: App, query: str) -> str:
        model = await default_model(self._services, app.tenant_id)
        if model is None:
            return ""
        call = LanguageModelRequest(
            model=model,
            messages=[Message(role="user", content=_PROMPT.format(query=query[:_READ]))],
            tenant_id=app.tenant_id,
            parameters={"max_tokens": 100, "temperature": 1.0},
            streaming=False,
        )
        texts = [chunk.text async for chunk in (await language_models(self._services)).invoke(call)]
        return title_in("".join(texts))

    async def _is_called(self, name: str, conversation_id: str, app: App) -> bool:
        """Whether the conversation is still there, by that name."""
        table = CONVERSATIONS.c
        mine = table.id == conversation_id, table.app_id == app.id, table.name == name, table.is_deleted.is_(False)
        return await self._database.read(lambda session: session.scalar(select(table.id).where(*mine))) is not None

    async def _store(self, conversation_id: str, app: App, former: str, title: str) -> None:
        if title == former:
            return
        table = CONVERSATIONS.c
        mine = table.id == conversation_id, table.app_id == app.id, table.name == former
        named = update(CONVERSATIONS).where(*mine).values(name=title, updated_at=table.updated_at)
        await self._database.write(lambda session: session.execute(named))


def wants_name(request: RunRequest) -> bool:
    """Whether a new conversation is to be named: web apps ask for names by themselves, others say so with the turn.

    A client that does not say gets a name, but for one of a chatflow.
    """
    if request.caller.invoke_from is InvokeFrom.WEB_APP:
        return False
    asked = request.auto_generate_name
    return request.app.mode != "advanced-chat" if asked is None else asked


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
