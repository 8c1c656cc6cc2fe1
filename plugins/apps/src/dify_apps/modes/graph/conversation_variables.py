"""Conversation variables: kept per conversation, from one turn to the next."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from dify_database import Database, utc_now
from dify_runtime_sdk.workflow import VariableType, to_json
from dify_workflow import Variable

from ...api import WorkflowVersion, Write
from ...tables.workflows import WORKFLOW_CONVERSATION_VARIABLES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_TABLE = WORKFLOW_CONVERSATION_VARIABLES


async def load(
    version: WorkflowVersion, conversation_id: str, app_id: str, database: Database, *, is_new: bool
) -> tuple[list[Variable], list[Write]]:
    """The variables of a conversation, and the writes of those that it does not have yet."""
    declared = {item["id"]: item for item in version.conversation_variables}
    if not declared:
        return [], []
    stored = {} if is_new else await _stored(conversation_id, app_id, database)
    items = {key: stored.get(key, item) for key, item in declared.items()}
    missing = [_row(item, conversation_id, app_id) for key, item in declared.items() if key not in stored]
    return [_variable(item) for item in items.values()], [(insert(_TABLE), missing)] if missing else []


def changes(version: WorkflowVersion, conversation_id: str, values: Mapping[str, Any]) -> Sequence[Write]:
    """The writes of variables that a run changed."""
    writes: list[Write] = []
    for item in version.conversation_variables:
        if item["name"] in values:
            mine = _TABLE.c.id == item["id"], _TABLE.c.conversation_id == conversation_id
            data = json.dumps({**item, "value": to_json(values[item["name"]])})
            writes.append((update(_TABLE).where(*mine).values(data=data, updated_at=utc_now()), None))
    return writes


async def _stored(conversation_id: str, app_id: str, database: Database) -> dict[str, Mapping[str, Any]]:
    query = select(_TABLE.c.id, _TABLE.c.data).where(
        _TABLE.c.conversation_id == conversation_id, _TABLE.c.app_id == app_id
    )

    async def unit(session: "AsyncSession") -> dict[str, Mapping[str, Any]]:
        return {row.id: json.loads(row.data) for row in await session.execute(query)}

    return await database.read(unit)


def _variable(item: Mapping[str, Any]) -> Variable:
    return Variable(item["name"], item.get("value"), VariableType(item["value_type"]))


def _row(item: Mapping[str, Any], conversation_id: str, app_id: str) -> dict[str, Any]:
    now = utc_now()
    return {
        "id": item["id"],
        "conversation_id": conversation_id,
        "app_id": app_id,
        "data": json.dumps(dict(item)),
        "created_at": now,
        "updated_at": now,
    }
