"""End users of the app."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

from dify_accounts import EndUsers
from dify_runtime_sdk.http import NotFound, RequestContext, Routes

from .calling import app_of

routes = Routes("service", tag="End users")

type UtcText = Annotated[datetime, PlainSerializer(lambda moment: f"{moment.isoformat(timespec='seconds')}Z", str)]


class EndUserNotFound(NotFound):
    """404: the app has no such end user."""

    code = "end_user_not_found"
    default_message = "End user not found."


class EndUserDetail(BaseModel, from_attributes=True):
    """Somebody who uses the app; `session_id` is what callers name them by."""

    id: str
    tenant_id: str
    app_id: str | None
    type: str
    external_user_id: str | None
    name: str | None
    is_anonymous: bool
    session_id: str
    created_at: UtcText
    updated_at: UtcText


@routes.get("/end-users/<uuid:end_user_id>", summary="An end user", errors=(EndUserNotFound,))
async def end_user(context: RequestContext, end_user_id: uuid.UUID) -> EndUserDetail:
    """An end user of the app."""
    app = await app_of(context)
    found = await (await context.runtime.services.get(EndUsers)).get(str(end_user_id), tenant_id=app.tenant_id)
    if found is None or found.app_id != app.id:
        raise EndUserNotFound
    return EndUserDetail.model_validate(found)
