"""The earlier turns of an agent, with the tools that it called in them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from dify_database import Database
from dify_runtime_sdk.models import Message, ToolCall

from ...tables.messages import MESSAGE_AGENT_THOUGHTS
from ..easy.memory import PastTurn


async def thoughts_of(turns: Sequence[PastTurn], database: Database) -> dict[str, list[Any]]:
    """The rounds by message, in their order."""
    table = MESSAGE_AGENT_THOUGHTS.c
    columns = table.id, table.message_id, table.thought, table.tool, table.tool_input, table.observation
    query = select(*columns).where(table.message_id.in_([turn.id for turn in turns])).order_by(table.position)
    rows = (await database.read(lambda session: session.execute(query))).all() if turns else []
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


def with_tools(turns: Sequence[PastTurn], thoughts: Mapping[str, Sequence[Any]]) -> list[Message]:
    """The turns as messages: calls of tools and what they said included."""
    messages: list[Message] = []
    for turn in turns:
        question, answer = turn.messages
        rounds = thoughts.get(turn.id, ())
        messages.append(question)
        messages += [message for row in rounds for message in _round(row)] or [answer]
    return messages


def _round(row: Any) -> list[Message]:
    thought = row.thought or ""
    if not row.tool:
        return [Message(role="assistant", content=thought)] if thought else []
    names = row.tool.split(";")
    inputs, observations = _object(row.tool_input), _object(row.observation)
    calls = [
        ToolCall(id=f"call_{row.id}_{at}", name=name, arguments=_arguments(inputs.get(name)))
        for at, name in enumerate(names)
    ]
    said = [Message(role="tool", content=str(observations.get(call.name, "")), tool_call_id=call.id) for call in calls]
    return [Message(role="assistant", content=thought, tool_calls=calls), *said]


def _object(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False)
