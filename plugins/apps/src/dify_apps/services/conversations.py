"""Conversations of an end user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import delete, or_, select, update

from dify_database import Database, utc_now
from dify_runtime_sdk.http import NotFound

from ..api import App, Caller
from ..tables.annotations import APP_ANNOTATION_HIT_HISTORIES, MESSAGE_ANNOTATIONS
from ..tables.messages import (
    CONVERSATIONS,
    MESSAGE_AGENT_THOUGHTS,
    MESSAGE_FEEDBACKS,
    MESSAGE_FILES,
    MESSAGES,
)
from ..tables.workflows import WORKFLOW_CONVERSATION_VARIABLES
from .ownership import conversation_of, owned_conversations
from .queries import rows_of, write

type SortBy = Literal["created_at", "-created_at", "updated_at", "-updated_at"]

_OF_MESSAGES: Final = (
    MESSAGE_AGENT_THOUGHTS,
    MESSAGE_FILES,
    MESSAGE_FEEDBACKS,
    MESSAGE_ANNOTATIONS,
    APP_ANNOTATION_HIT_HISTORIES,
)


class LastConversationNotExists(NotFound):
    """404: the conversation that the page should follow is not the user's, or not there."""

    default_message = "Last Conversation Not Exists."


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Some conversations, and whether there are more."""

    rows: Sequence[Any]
    has_more: bool


async def list_conversations(
    database: Database, app: App, caller: Caller, *, last_id: str | None, limit: int, sort_by: SortBy
) -> ConversationPage:
    """The caller's conversations after `last_id`; raises `LastConversationNotExists`."""
    column = CONVERSATIONS.c.created_at if sort_by.endswith("created_at") else CONVERSATIONS.c.updated_at
    falling = sort_by.startswith("-")
    query = select(CONVERSATIONS).where(*owned_conversations(app, caller))
    if last_id is not None:
        last = await _last(database, app, caller, last_id)
        at, id_ = getattr(last, column.name), CONVERSATIONS.c.id
        beyond = column < at if falling else column > at
        tied = id_ < last.id if falling else id_ > last.id
        query = query.where(or_(beyond, (column == at) & tied))
    order = (column.desc(), CONVERSATIONS.c.id.desc()) if falling else (column, CONVERSATIONS.c.id)
    rows = await rows_of(database, query.order_by(*order).limit(limit + 1))
    return ConversationPage(rows[:limit], len(rows) > limit)


async def rename(
    database: Database, app: App, caller: Caller, conversation_id: str, name: str
) -> tuple[Any, Mapping[str, Any]]:
    """Name the caller's conversation; its row as it was, and what changed. Raises `ConversationNotExists`."""
    row = await conversation_of(database, app, caller, conversation_id)
    changes = {"name": name[:255], "updated_at": utc_now()}
    mine = CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.app_id == app.id
    await write(database, update(CONVERSATIONS).where(*mine).values(**changes))
    return row, changes


async def delete_conversation(database: Database, app: App, caller: Caller, conversation_id: str) -> None:
    """Delete the caller's conversation with its messages; raises `ConversationNotExists`. Its runs stay in the log."""
    await conversation_of(database, app, caller, conversation_id)
    messages = select(MESSAGES.c.id).where(MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.app_id == app.id)
    of_messages = [delete(table).where(table.c.message_id.in_(messages)) for table in _OF_MESSAGES]
    inside = [
        delete(table).where(table.c.conversation_id == conversation_id, table.c.app_id == app.id)
        for table in (WORKFLOW_CONVERSATION_VARIABLES, MESSAGES)
    ]
    mine = CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.app_id == app.id
    await write(database, *of_messages, *inside, delete(CONVERSATIONS).where(*mine))


async def _last(database: Database, app: App, caller: Caller, last_id: str) -> Any:
    query = select(CONVERSATIONS).where(CONVERSATIONS.c.id == last_id, *owned_conversations(app, caller))
    rows = await rows_of(database, query)
    if not rows:
        raise LastConversationNotExists
    return rows[0]
