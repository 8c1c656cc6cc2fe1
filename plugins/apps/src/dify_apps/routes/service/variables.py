"""Variables of a conversation."""

import re
import uuid
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field

from dify_database import Database
from dify_runtime_sdk.http import BadRequest, RequestContext, Routes

from ...errors import ConversationNotExists, NotChatApp
from ...services import conversation_variables as service
from ...services.queries import seconds
from .calling import OptionalUserPayload, caller_of
from .fields import OptionalId, encodable
from .kinds import chat_app_of

routes = Routes("service", tag="Conversations")

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or "--" in value:
        raise ValueError(
            "Variable name can only contain letters, numbers, hyphens (-), underscores (_), and periods (.)"
        )
    return value


class ConversationVariablesQuery(BaseModel):
    """Which variables."""

    user: str | None = None
    last_id: OptionalId = None
    limit: int = Field(20, ge=1, le=100)
    variable_name: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_name)] | None = None


class ConversationVariableUpdatePayload(OptionalUserPayload):
    """A value."""

    value: Annotated[Any, AfterValidator(encodable)] = Field(...)


class ConversationVariable(BaseModel):
    """A variable; `value` is a text, that of anything else than a text its JSON."""

    id: str
    name: str
    value_type: str
    value: str
    description: str
    created_at: int
    updated_at: int


class ConversationVariablePage(BaseModel):
    """Some variables."""

    limit: int
    has_more: bool
    data: list[ConversationVariable]


@routes.get(
    "/conversations/<uuid:conversation_id>/variables",
    summary="Variables of a conversation",
    errors=(NotChatApp, ConversationNotExists),
)
async def variables(
    context: RequestContext, conversation_id: uuid.UUID, query: ConversationVariablesQuery
) -> ConversationVariablePage:
    """The variables of the user's conversation after `last_id`."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, query.user)
    database = await context.runtime.services.get(Database)
    found, has_more = await service.list_variables(
        database,
        app,
        caller,
        str(conversation_id),
        last_id=query.last_id,
        limit=query.limit,
        name=query.variable_name,
    )
    return ConversationVariablePage(limit=query.limit, has_more=has_more, data=[_shown(one) for one in found])


@routes.put(
    "/conversations/<uuid:conversation_id>/variables/<uuid:variable_id>",
    summary="Set a variable",
    errors=(NotChatApp, BadRequest, ConversationNotExists, service.ConversationVariableNotExists),
)
async def set_variable(
    context: RequestContext, conversation_id: uuid.UUID, variable_id: uuid.UUID, body: ConversationVariableUpdatePayload
) -> ConversationVariable:
    """Give a variable of the user's conversation a value of its type."""
    app = await chat_app_of(context)
    caller = await caller_of(context, app, body.user)
    database = await context.runtime.services.get(Database)
    place = str(conversation_id), str(variable_id)
    return _shown(await service.set_variable(database, app, caller, *place, body.value))


def _shown(variable: service.StoredVariable) -> ConversationVariable:
    return ConversationVariable(
        id=variable.id,
        name=variable.name,
        value_type=variable.shown_type,
        value=variable.shown_value,
        description=variable.description,
        created_at=seconds(variable.created_at),
        updated_at=seconds(variable.updated_at),
    )
