"""Conversations of an end user: listed, named, deleted."""

import uuid
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator
from quart import Response

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk.http import RequestContext, Routes

from ...errors import ConversationNotExists, NotChatApp
from ...services import conversations as service
from ...services.naming import made_name
from ...services.queries import seconds
from ...services.stored_files import fresh_inputs
from .calling import OptionalUserPayload, caller_of
from .fields import OptionalId, Text
from .kinds import chat_app_of

routes = Routes("service", tag="Conversations")


class ConversationListQuery(BaseModel):
    """Which conversations, in which order."""

    user: str | None = None
    last_id: OptionalId = None
    limit: int = Field(20, ge=1, le=100)
    sort_by: service.SortBy = "-updated_at"


class ConversationRenamePayload(OptionalUserPayload):
    """A name, or the wish for one."""

    name: Text | None = None
    auto_generate: bool = False

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.auto_generate and not (self.name or "").strip():
            raise ValueError("name is required when auto_generate is false")
        return self


class Conversation(BaseModel):
    """A conversation."""

    id: str
    name: str
    inputs: dict[str, Any]
    status: str
    introduction: str | None
    created_at: int
    updated_at: int


class ConversationPage(BaseModel):
    """Some conversations."""

    limit: int
    has_more: bool
    data: list[Conversation]


@routes.get("/conversations", summary="Conversations", errors=(NotChatApp, service.LastConversationNotExists))
async def conversations(context: RequestContext, query: ConversationListQuery) -> ConversationPage:
    """The user's conversations after `last_id`."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, query.user)
    services = context.runtime.services
    database, files = await services.get(Database), await services.get(Files)
    page = await service.list_conversations(
        database, app, caller, last_id=query.last_id, limit=query.limit, sort_by=query.sort_by
    )
    data = [_shown(dict(row._mapping), files) for row in page.rows]  # noqa: SLF001 - SQLAlchemy's public name
    return ConversationPage(limit=query.limit, has_more=page.has_more, data=data)


@routes.delete(
    "/conversations/<uuid:conversation_id>",
    summary="Delete a conversation",
    status=204,
    errors=(NotChatApp, ConversationNotExists),
)
async def delete(context: RequestContext, conversation_id: uuid.UUID, body: OptionalUserPayload | None) -> Response:
    """Delete the user's conversation with its messages."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, None if body is None else body.user)
    database = await context.runtime.services.get(Database)
    await service.delete_conversation(database, app, caller, str(conversation_id))
    answer = Response(b"", 204, content_type="application/json")  # Dify names the type of the content that is not there
    del answer.headers["Content-Length"]
    return answer


@routes.post(
    "/conversations/<uuid:conversation_id>/name",
    summary="Name a conversation",
    errors=(NotChatApp, ConversationNotExists),
)
async def rename(context: RequestContext, conversation_id: uuid.UUID, body: ConversationRenamePayload) -> Conversation:
    """Name the user's conversation, or have a name made."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, body.user)
    services = context.runtime.services
    database, files = await services.get(Database), await services.get(Files)
    name = body.name or ""
    if body.auto_generate:
        name = await made_name(context.runtime, database, app, caller, str(conversation_id))
    row, changes = await service.rename(database, app, caller, str(conversation_id), name)
    return _shown({**row._mapping, **changes}, files)  # noqa: SLF001 - SQLAlchemy's public name


def _shown(row: Mapping[str, Any], files: Files) -> Conversation:
    return Conversation(
        id=row["id"],
        name=row["name"],
        inputs=fresh_inputs(row["inputs"] or {}, files),
        status=row["status"],
        introduction=row["introduction"],
        created_at=seconds(row["created_at"]),
        updated_at=seconds(row["updated_at"]),
    )
