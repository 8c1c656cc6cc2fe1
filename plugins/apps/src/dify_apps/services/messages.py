"""Messages of a conversation, with what belongs to them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from dify_database import Database, uuid4_text
from dify_files import Files
from dify_runtime_sdk.http import NotFound

from ..api import App, Caller
from ..tables.messages import MESSAGE_AGENT_THOUGHTS, MESSAGE_FEEDBACKS, MESSAGES
from .ownership import conversation_of
from .queries import row_of, rows_of
from .stored_files import MessageFile, fresh_inputs, fresh_links, message_files


class FirstMessageNotExists(NotFound):
    """404: the message that the page should come before is not in the conversation."""

    default_message = "First Message Not Exists."


@dataclass(frozen=True, slots=True, kw_only=True)
class FullMessage:
    """A message with its feedback, its thoughts and its files; links in it are fresh."""

    row: Any
    inputs: Mapping[str, Any]
    answer: str
    rating: str | None
    resources: Sequence[Mapping[str, Any]]
    thoughts: Sequence[Any] = field(default_factory=tuple)
    files: Sequence[MessageFile] = field(default_factory=tuple)


async def list_messages(
    database: Database,
    files: Files,
    app: App,
    caller: Caller,
    conversation_id: str,
    *,
    first_id: str | None,
    limit: int,
) -> tuple[Sequence[FullMessage], bool]:
    """The `limit` messages before `first_id`, or the last ones, the oldest first, and whether there are earlier ones.

    Raises `ConversationNotExists` and `FirstMessageNotExists`. Five statements at most, however many messages.
    """
    await conversation_of(database, app, caller, conversation_id)
    table = MESSAGES.c
    inside: list[ColumnElement[bool]] = [table.conversation_id == conversation_id, table.app_id == app.id]
    query = select(MESSAGES).where(*inside)
    if first_id is not None:
        first = await row_of(database, select(table.id, table.created_at).where(table.id == first_id, *inside))
        if first is None:
            raise FirstMessageNotExists
        tied = (table.created_at == first.created_at) & (table.id < first.id)
        query = query.where(or_(table.created_at < first.created_at, tied))
    rows = await rows_of(database, query.order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1))
    page = list(reversed(rows[:limit]))
    return await _filled(page, database, files, app, caller) if page else [], len(rows) > limit


async def _filled(
    rows: Sequence[Any], database: Database, files: Files, app: App, caller: Caller
) -> Sequence[FullMessage]:
    ids = [row.id for row in rows]
    ratings = await _ratings(database, ids, caller)
    thoughts = await _thoughts(database, [row.id for row in rows if row.agent_based])
    attached = await message_files(database, files, app.tenant_id, ids)
    answers = await fresh_links([row.answer for row in rows], database, files, app.tenant_id)
    return [
        FullMessage(
            row=row,
            inputs=fresh_inputs(row.inputs, files),
            answer=answer,
            rating=ratings.get(row.id),
            resources=_resources(row),
            thoughts=thoughts.get(row.id, ()),
            files=[one for one in attached if one.message_id == row.id],
        )
        for row, answer in zip(rows, answers, strict=True)
    ]


async def _ratings(database: Database, ids: Sequence[str], caller: Caller) -> Mapping[str, str]:
    table = MESSAGE_FEEDBACKS.c
    mine = table.from_end_user_id == caller.id if caller.role == "end_user" else table.from_account_id == caller.id
    query = select(table.message_id, table.rating).where(table.message_id.in_(ids), mine)
    return {row.message_id: row.rating for row in await rows_of(database, query)}


async def _thoughts(database: Database, ids: Sequence[str]) -> Mapping[str, Sequence[Any]]:
    """What the agent thought for each message, in order."""
    found: dict[str, list[Any]] = {}
    if ids:
        table = MESSAGE_AGENT_THOUGHTS
        query = select(table).where(table.c.message_id.in_(ids)).order_by(table.c.position)
        for row in await rows_of(database, query):
            found.setdefault(row.message_id, []).append(row)
    return found


def _resources(row: Any) -> Sequence[Mapping[str, Any]]:
    metadata = json.loads(row.message_metadata) if row.message_metadata else {}
    stored = metadata.get("retriever_resources") or ()
    return [{"id": uuid4_text(), "message_id": row.id, **item} for item in stored]
