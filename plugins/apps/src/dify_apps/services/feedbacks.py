"""What end users think of answers."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk.http import InvalidParam

from ..api import App, Caller
from ..tables.messages import MESSAGE_FEEDBACKS
from .ownership import message_of
from .queries import row_of, rows_of, write

_TABLE = MESSAGE_FEEDBACKS


async def rate(
    database: Database,
    app: App,
    caller: Caller,
    message_id: str,
    *,
    rating: Literal["like", "dislike"] | None,
    content: str | None,
) -> None:
    """Rate the caller's message, or withdraw the rating (None).

    Raises `MessageNotExists`, and `InvalidParam` when there is nothing to withdraw.
    """
    message = await message_of(database, app, caller, message_id)
    mine = _TABLE.c.message_id == message.id, _TABLE.c.app_id == app.id, _TABLE.c.from_end_user_id == caller.id
    given = await row_of(database, select(_TABLE.c.id).where(*mine))
    if rating is None:
        if given is None:
            raise InvalidParam("rating cannot be None when feedback not exists")
        await write(database, delete(_TABLE).where(*mine))
        return
    now = utc_now()
    values = {"rating": rating, "content": content, "updated_at": now}
    if given is not None:
        await write(database, update(_TABLE).where(*mine).values(**values))
        return
    values |= {
        "id": uuid4_text(),
        "app_id": app.id,
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "from_source": "user",
        "from_end_user_id": caller.id,
        "created_at": now,
    }
    await write(database, insert(_TABLE).values(**values))


async def list_feedbacks(database: Database, app: App, *, page: int, limit: int) -> Sequence[Any]:
    """The feedback of all users of the app, the newest first."""
    newest = _TABLE.c.created_at.desc(), _TABLE.c.id.desc()
    query = select(_TABLE).where(_TABLE.c.app_id == app.id).order_by(*newest)
    return await rows_of(database, query.limit(limit).offset((page - 1) * limit))
