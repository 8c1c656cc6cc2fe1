"""Variables of a conversation, which its turns share."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from dify_database import Database, utc_now
from dify_runtime_sdk.http import BadRequest, InvalidParam, NotFound
from dify_runtime_sdk.workflow import VariableType, infer_type

from ..api import App, Caller
from ..tables.workflows import WORKFLOW_CONVERSATION_VARIABLES
from .ownership import conversation_of
from .queries import rows_of, write

_TABLE = WORKFLOW_CONVERSATION_VARIABLES


class ConversationVariableNotExists(NotFound):
    """404: the conversation has no such variable."""

    default_message = "Conversation Variable Not Exists."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVariable:
    """A variable with its value."""

    id: str
    name: str
    type: VariableType
    value: Any
    description: str
    created_at: datetime
    updated_at: datetime

    @property
    def shown_type(self) -> str:
        """The type as clients know it: they know one kind of number."""
        return _shown(self.type).value

    @property
    def shown_value(self) -> str:
        """The value as a text: a text as it is, anything else as JSON."""
        return self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)


async def list_variables(
    database: Database,
    app: App,
    caller: Caller,
    conversation_id: str,
    *,
    last_id: str | None,
    limit: int,
    name: str | None,
) -> tuple[Sequence[StoredVariable], bool]:
    """The variables after `last_id`, the oldest first, and whether there are more.

    Raises `ConversationNotExists`, and `InvalidParam` for a `last_id` that is none of them.
    """
    found = await _all(database, app, caller, conversation_id)
    if last_id is not None:
        place = next((n for n, one in enumerate(found) if one.id == last_id), None)
        if place is None:
            raise InvalidParam("last_id is not a variable of this conversation")
        found = found[place + 1 :]
    if name is not None:
        found = [one for one in found if one.name == name]
    return found[:limit], len(found) > limit


async def set_variable(
    database: Database, app: App, caller: Caller, conversation_id: str, variable_id: str, value: Any
) -> StoredVariable:
    """Give a variable a value of its type.

    Raises `ConversationNotExists`, `ConversationVariableNotExists`, and `BadRequest` for a value of another type.
    """
    found = await _all(database, app, caller, conversation_id)
    variable = next((one for one in found if one.id == variable_id), None)
    if variable is None:
        raise ConversationVariableNotExists
    _check(variable, value)
    now = utc_now()
    data = {
        "id": variable.id,
        "name": variable.name,
        "value_type": variable.type.value,
        "value": value,
        "description": variable.description,
    }
    mine = _TABLE.c.id == variable_id, _TABLE.c.conversation_id == conversation_id, _TABLE.c.app_id == app.id
    await write(database, update(_TABLE).where(*mine).values(data=json.dumps(data), updated_at=now))
    return replace(variable, value=value, updated_at=now)


async def _all(database: Database, app: App, caller: Caller, conversation_id: str) -> Sequence[StoredVariable]:
    await conversation_of(database, app, caller, conversation_id)
    mine = _TABLE.c.conversation_id == conversation_id, _TABLE.c.app_id == app.id
    query = select(_TABLE).where(*mine).order_by(_TABLE.c.created_at, _TABLE.c.id)
    return [_stored(row) for row in await rows_of(database, query)]


def _stored(row: Any) -> StoredVariable:
    data = json.loads(row.data)
    return StoredVariable(
        id=row.id,
        name=data["name"],
        type=VariableType(data["value_type"]),
        value=data.get("value"),
        description=data.get("description", ""),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _check(variable: StoredVariable, value: Any) -> None:
    wanted, given = variable.type, infer_type(value)
    if given is wanted or (wanted.is_number and given.is_number):
        return
    if given.is_array and (wanted is VariableType.ARRAY_ANY or (wanted.is_array and not value)):
        return
    if wanted is VariableType.SECRET and given is VariableType.STRING:
        return
    expected, got = variable.shown_type, _shown(given).value
    raise BadRequest(f"Type mismatch: variable '{variable.name}' expects {expected}, but got {got} type")


def _shown(of: VariableType) -> VariableType:
    return VariableType.NUMBER if of.is_number else of
