"""Which rows are an end user's in an app."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from dify_database import Database

from ..api import App, Caller
from ..errors import ConversationNotExists, MessageNotExists
from ..tables.messages import CONVERSATIONS, MESSAGES
from ..tables.workflows import WORKFLOW_RUNS
from .queries import row_of


def owned_conversations(app: App, caller: Caller) -> list[ColumnElement[bool]]:
    """The conditions that select the caller's conversations in the app."""
    table = CONVERSATIONS.c
    return [
        table.app_id == app.id,
        table.is_deleted.is_(False),
        or_(table.invoke_from.is_(None), table.invoke_from == caller.invoke_from.value),
        _owner(table, caller),
    ]


async def conversation_of(database: Database, app: App, caller: Caller, conversation_id: str) -> Any:
    """The row of the caller's conversation; raises `ConversationNotExists`."""
    query = select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id, *owned_conversations(app, caller))
    row = await row_of(database, query)
    if row is None:
        raise ConversationNotExists
    return row


async def message_of(database: Database, app: App, caller: Caller, message_id: str) -> Any:
    """The row of the caller's message; raises `MessageNotExists`."""
    mine = MESSAGES.c.id == message_id, MESSAGES.c.app_id == app.id, _owner(MESSAGES.c, caller)
    row = await row_of(database, select(MESSAGES).where(*mine))
    if row is None:
        raise MessageNotExists
    return row


async def owns_run(database: Database, app: App, caller: Caller, run_id: str) -> bool:
    """Whether the app's run is the caller's, by its workflow run's or its message's id."""
    runs = WORKFLOW_RUNS.c
    of_graph = select(runs.created_by).where(runs.id == run_id, runs.app_id == app.id, runs.tenant_id == app.tenant_id)
    row = await row_of(database, of_graph)
    if row is None:
        mine = MESSAGES.c.id == run_id, MESSAGES.c.app_id == app.id, _owner(MESSAGES.c, caller)
        return await row_of(database, select(MESSAGES.c.id).where(*mine)) is not None
    return bool(row.created_by == caller.id)


def _owner(columns: Any, caller: Caller) -> ColumnElement[bool]:
    column = columns.from_account_id if caller.role == "account" else columns.from_end_user_id
    owner: ColumnElement[bool] = column == caller.id
    return owner
