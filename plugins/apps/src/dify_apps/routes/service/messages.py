"""Messages of a conversation, and what may be asked next."""

import json
import uuid
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from dify_database import Database
from dify_files import Files
from dify_runtime_sdk.http import BadRequest, RequestContext, Routes

from ...errors import ConversationNotExists, MessageNotExists, NotChatApp
from ...services import messages as service
from ...services.queries import seconds
from ...services.suggested import suggested_questions
from .calling import UserQuery, caller_of
from .fields import Id, OptionalId
from .kinds import chat_app_of

routes = Routes("service", tag="Messages")


class MessageListQuery(BaseModel):
    """Which messages."""

    user: str | None = None
    conversation_id: Id
    first_id: OptionalId = None
    limit: int = Field(20, ge=1, le=100)


class Feedback(BaseModel):
    """What the user thinks of an answer."""

    rating: str | None


class AgentThought(BaseModel):
    """A step of an agent."""

    id: str
    chain_id: str | None
    message_id: str
    position: int
    thought: str | None
    tool: str | None
    tool_labels: dict[str, Any]
    tool_input: str | None
    created_at: int
    observation: str | None
    files: list[str]


class MessageFile(BaseModel):
    """A file of a message; `size` is bytes."""

    id: str
    filename: str
    type: str
    url: str | None
    mime_type: str | None
    size: int | None
    transfer_method: str
    belongs_to: str | None
    upload_file_id: str | None


class Message(BaseModel):
    """A question and its answer."""

    id: str
    conversation_id: str
    parent_message_id: str | None
    inputs: dict[str, Any]
    query: str
    answer: str
    feedback: Feedback | None
    retriever_resources: list[dict[str, Any]]
    created_at: int
    agent_thoughts: list[AgentThought]
    message_files: list[MessageFile]
    status: str
    error: str | None


class MessagePage(BaseModel):
    """Some messages, the oldest first."""

    limit: int
    has_more: bool
    data: list[Message]


class SuggestedQuestionsResponse(BaseModel):
    """Questions."""

    result: str = "success"
    data: list[str]


@routes.get(
    "/messages",
    summary="Messages of a conversation",
    errors=(NotChatApp, ConversationNotExists, service.FirstMessageNotExists),
)
async def messages(context: RequestContext, query: MessageListQuery) -> MessagePage:
    """The messages of the user's conversation before `first_id`, or the last ones."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, query.user)
    services = context.runtime.services
    found, has_more = await service.list_messages(
        await services.get(Database),
        await services.get(Files),
        app,
        caller,
        query.conversation_id,
        first_id=query.first_id,
        limit=query.limit,
    )
    return MessagePage(limit=query.limit, has_more=has_more, data=[_shown(one) for one in found])


@routes.get(
    "/messages/<uuid:message_id>/suggested",
    summary="What to ask next",
    errors=(NotChatApp, BadRequest, MessageNotExists),
)
async def suggested(context: RequestContext, message_id: uuid.UUID, query: UserQuery) -> SuggestedQuestionsResponse:
    """Questions that may follow the user's message."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, query.user)
    database = await context.runtime.services.get(Database)
    found = await suggested_questions(context.runtime, database, app, caller, str(message_id))
    return SuggestedQuestionsResponse(data=list(found))


def _shown(message: service.FullMessage) -> Message:
    row = message.row
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_message_id=row.parent_message_id,
        inputs=dict(message.inputs),
        query=row.query,
        answer=message.answer,
        feedback=None if message.rating is None else Feedback(rating=message.rating),
        retriever_resources=[dict(one) for one in message.resources],
        created_at=seconds(row.created_at),
        agent_thoughts=[_thought(one) for one in message.thoughts],
        message_files=[
            MessageFile(**{name: value for name, value in asdict(one).items() if name != "message_id"})
            for one in message.files
        ],
        status=row.status,
        error=row.error,
    )


def _thought(row: Any) -> AgentThought:
    return AgentThought(
        id=row.id,
        chain_id=row.message_chain_id,
        message_id=row.message_id,
        position=row.position,
        thought=row.thought,
        tool=row.tool,
        tool_labels=json.loads(row.tool_labels_str or "{}"),
        tool_input=row.tool_input,
        created_at=seconds(row.created_at),
        observation=row.observation,
        files=json.loads(row.message_files or "[]"),
    )
