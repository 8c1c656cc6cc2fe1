"""What users think of answers."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer

from dify_database import Database
from dify_runtime_sdk.http import InvalidParam, RequestContext, Routes

from ...errors import MessageNotExists
from ...services import feedbacks as service
from .calling import UserPayload, app_of, caller_of
from .fields import Page, Text
from .running import Success

routes = Routes("service", tag="Feedback")

type IsoTime = Annotated[datetime, PlainSerializer(lambda moment: moment.isoformat(timespec="seconds"), str)]


class MessageFeedbackPayload(UserPayload):
    """A rating; null withdraws it."""

    rating: Literal["like", "dislike"] | None = None
    content: Text | None = None


class FeedbackListQuery(BaseModel):
    """Which page."""

    page: Page = 1
    limit: int = Field(20, ge=1, le=101)


class AppFeedback(BaseModel, from_attributes=True):
    """A rating of an answer."""

    id: str
    app_id: str
    conversation_id: str
    message_id: str
    rating: str
    content: str | None
    from_source: str
    from_end_user_id: str | None
    from_account_id: str | None
    created_at: IsoTime
    updated_at: IsoTime


class AppFeedbacks(BaseModel):
    """Some ratings."""

    data: list[AppFeedback]


@routes.post("/messages/<uuid:message_id>/feedbacks", summary="Rate an answer", errors=(InvalidParam, MessageNotExists))
async def rate(context: RequestContext, message_id: uuid.UUID, body: MessageFeedbackPayload) -> Success:
    """Rate the user's message, or withdraw the rating."""
    app = await app_of(context)
    caller = await caller_of(context, app, body.user)
    database = await context.runtime.services.get(Database)
    await service.rate(database, app, caller, str(message_id), rating=body.rating, content=body.content)
    return Success()


@routes.get("/app/feedbacks", summary="Ratings of the app's answers")
async def feedbacks(context: RequestContext, query: FeedbackListQuery) -> AppFeedbacks:
    """The ratings of all users, the newest first."""
    app = await app_of(context)
    database = await context.runtime.services.get(Database)
    rows = await service.list_feedbacks(database, app, page=query.page, limit=query.limit)
    return AppFeedbacks(data=[AppFeedback.model_validate(row) for row in rows])
