"""Names of conversations that are made, not given."""

from typing import Any, Final

from sqlalchemy import select

from dify_database import Database
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.http import InvalidParam

from ..api import App, Caller
from ..tables.messages import MESSAGES
from .ownership import conversation_of
from .queries import row_of
from .seams import ConversationNaming

_LONGEST: Final = 50
_CUT: Final = 47


async def made_name(runtime: Runtime, database: Database, app: App, caller: Caller, conversation_id: str) -> str:
    """A name made of the first question; raises `ConversationNotExists`, and `InvalidParam` when there is none."""
    await conversation_of(database, app, caller, conversation_id)
    mine = MESSAGES.c.conversation_id == conversation_id, MESSAGES.c.app_id == app.id
    first: Any = await row_of(database, select(MESSAGES.c.query).where(*mine).order_by(MESSAGES.c.created_at).limit(1))
    if first is None:
        raise InvalidParam("The conversation has no messages to name it by.")
    if not runtime.services.offered(ConversationNaming):
        return plain_name(first.query)
    naming = await runtime.services.get(ConversationNaming)
    return await naming.name(app, first.query, conversation_id=conversation_id)


def plain_name(query: str) -> str:
    """The question itself, cut."""
    return query if len(query) <= _LONGEST else f"{query[:_CUT]}..."
