"""Conversations and messages of a run: found, begun, and answered."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import bindparam, insert, select, update

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.models import ModelUsage
from dify_runtime_sdk.workflow import File, to_json

from ...api import Caller, InvokeFrom, RunRequest, Write
from ...errors import ConversationCompleted, ConversationNotExists
from ...tables.messages import CONVERSATIONS, MESSAGE_FILES, MESSAGES

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The parent of messages through the Service API: each call extends the thread by time."""

_NAME_LENGTH: Final = 20
_VARIABLE: Final = re.compile(r"\{\{([a-zA-Z_][a-zA-Z0-9_]{0,29})\}\}")
_NEW_CONVERSATION: Final = insert(CONVERSATIONS)  # statements with values as parameters: those are compiled once
_NEW_MESSAGE: Final = insert(MESSAGES)
_NEW_FILES: Final = insert(MESSAGE_FILES)
_OF_CONVERSATION: Final = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("_id"))
    .values(dialogue_count=CONVERSATIONS.c.dialogue_count + 1, updated_at=bindparam("_now"))
)
_OF_MESSAGE: Final = update(MESSAGES).where(MESSAGES.c.id == bindparam("_id"))
_API_DOORS: Final = frozenset({InvokeFrom.SERVICE_API, InvokeFrom.WEB_APP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation, which the run answers. `count` is the number of this turn, from 1."""

    conversation_id: str
    message_id: str
    is_first: bool
    count: int
    created_at: datetime
    writes: Sequence[Write]


def checked_query(query: str | None) -> str:
    """The question of a chat; raises `InvalidParam` when there is none."""
    if not query:
        raise InvalidParam("query is required")
    return query.replace("\x00", "")


async def open_turn(
    request: RunRequest,
    database: Database,
    *,
    inputs: Mapping[str, Any],
    query: str,
    opening: str = "",
    files: Sequence[File] = (),
    config_id: str | None = None,
    model: tuple[str, str] | None = None,
    run_id: str | None = None,
    features: str | None = None,
) -> Turn:
    """The turn that a request makes: of the conversation it names, if that is the caller's, or of a new one.

    `opening` is the opening statement, `model` the provider and name that rows show; `run_id` and `features` are those
    of the workflow that answers.
    """
    found = None if not request.conversation_id else await _find(request, database)
    now = utc_now()
    conversation_id = uuid4_text() if found is None else found.id
    common = {
        "app_id": request.app.id,
        "model_provider": None if model is None else model[0],
        "model_id": None if model is None else model[1],
        "override_model_configs": features,
        "inputs": to_json(dict(inputs)),
        "invoke_from": request.caller.invoke_from.value,
        **_source(request),
        "created_at": now,
        "updated_at": now,
    }
    message_id = uuid4_text()
    writes = [_conversation(conversation_id, found, common, request, query, opening, config_id)]
    writes.append(_message(message_id, conversation_id, {**common, "workflow_run_id": run_id}, request, query))
    if files:
        writes.append(file_writes([file_row(message_id, file, request.caller, belongs_to="user") for file in files]))
    return Turn(
        conversation_id=conversation_id,
        message_id=message_id,
        is_first=found is None,
        count=1 if found is None else found.dialogue_count + 1,
        created_at=now,
        writes=writes,
    )


def end_of_message(message_id: str, answer: str, usage: ModelUsage, **more: Any) -> Write:
    """The change of the row of a message that is answered; `more` are further columns."""
    values = {
        "answer": reduced_braces(answer).strip(),
        "message_tokens": usage.prompt_tokens,
        "message_unit_price": usage.prompt_unit_price,
        "message_price_unit": usage.prompt_price_unit,
        "answer_tokens": usage.completion_tokens,
        "answer_unit_price": usage.completion_unit_price,
        "answer_price_unit": usage.completion_price_unit,
        "total_price": usage.total_price,
        "currency": usage.currency,
        "updated_at": utc_now(),
        **more,
    }
    return _OF_MESSAGE, [{**values, "_id": message_id}]


def broken_message(message_id: str, app_id: str, error: str) -> Write:
    """The change of the row of a message whose answer broke off."""
    mine = MESSAGES.c.id == message_id, MESSAGES.c.app_id == app_id
    return update(MESSAGES).where(*mine).values(status="error", error=error, updated_at=utc_now()), None


def file_row(
    message_id: str, file: File, caller: Caller, *, belongs_to: Literal["user", "assistant"]
) -> dict[str, Any]:
    """The row of a file that came with a message, or with its answer."""
    return {
        "id": uuid4_text(),
        "message_id": message_id,
        "type": file.type.value,
        "transfer_method": file.transfer_method.value,
        "belongs_to": belongs_to,
        "url": file.remote_url if belongs_to == "user" else file.remote_url or file.url,
        "upload_file_id": file.related_id,
        "created_by_role": caller.role,
        "created_by": caller.id,
        "created_at": utc_now(),
    }


def file_writes(rows: Sequence[Mapping[str, Any]]) -> Write:
    """The write of rows of files."""
    return _NEW_FILES, rows


def metadata_of(usage: ModelUsage, resources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What is said of an answer: what it cost, and what knowledge it rests on."""
    return {"annotation_reply": None, "retriever_resources": list(resources), "usage": usage.to_json()}


def no_usage(**times: Any) -> ModelUsage:
    """What an answer cost that no model gave."""
    zero = Decimal("0.0")
    prices = ("prompt_unit_price", "prompt_price_unit", "prompt_price", "completion_unit_price")
    more = ("completion_price_unit", "completion_price", "total_price")
    fields: dict[str, Any] = dict.fromkeys((*prices, *more), zero) | times
    return ModelUsage(**fields)


def provisional_name(query: str) -> str:
    """What a conversation is called that begins with `query`, until it gets a better name."""
    return query if len(query) <= _NAME_LENGTH else f"{query[:_NAME_LENGTH]}…"


def opening_of(statement: str, inputs: Mapping[str, Any]) -> str:
    """The opening statement with the inputs filled in; what is unknown stays as written."""
    return _VARIABLE.sub(lambda match: str(inputs.get(match[1], match[0])), statement)


def reduced_braces(answer: str) -> str:
    """The answer as rows keep it: double braces become single ones."""
    return re.sub(r"\{\{(.*?)\}\}", r"{\1}", answer)


async def _find(request: RunRequest, database: Database) -> Any:
    table = CONVERSATIONS.c
    caller = table.from_account_id if request.caller.role == "account" else table.from_end_user_id
    query = select(CONVERSATIONS).where(
        table.id == request.conversation_id,
        table.app_id == request.app.id,
        table.is_deleted.is_(False),
        caller == request.caller.id,
    )
    row: Any = (await database.read(lambda session: session.execute(query))).first()
    if row is None:
        raise ConversationNotExists
    if row.status != "normal":
        raise ConversationCompleted
    return row


def _conversation(
    conversation_id: str,
    found: Any,
    common: Mapping[str, Any],
    request: RunRequest,
    query: str,
    opening: str,
    config_id: str | None,
) -> Write:
    if found is not None:
        return _OF_CONVERSATION, [{"_now": common["updated_at"], "_id": conversation_id}]
    values = {
        **common,
        "id": conversation_id,
        "app_model_config_id": config_id,
        "mode": request.app.mode,
        "name": provisional_name(query),
        "introduction": opening_of(opening, common["inputs"]),
        "system_instruction": "",
        "system_instruction_tokens": 0,
        "status": "normal",
        "dialogue_count": 1,
        "is_deleted": False,
    }
    return _NEW_CONVERSATION, [values]


def _message(
    message_id: str, conversation_id: str, common: Mapping[str, Any], request: RunRequest, query: str
) -> Write:
    by_time = request.caller.invoke_from is InvokeFrom.SERVICE_API
    values = {
        **common,
        "id": message_id,
        "conversation_id": conversation_id,
        "query": query,
        "message": "",
        "message_tokens": 0,
        "message_unit_price": Decimal(0),
        "message_price_unit": Decimal(0),
        "answer": "",
        "answer_tokens": 0,
        "answer_unit_price": Decimal(0),
        "answer_price_unit": Decimal(0),
        "parent_message_id": NOBODY if by_time else request.parent_message_id,
        "provider_response_latency": 0.0,
        "total_price": Decimal(0),
        "currency": "USD",
        "status": "normal",
        "agent_based": request.app.mode == "agent-chat",
        "app_mode": request.app.mode,
    }
    return _NEW_MESSAGE, [values]


def _source(request: RunRequest) -> dict[str, Any]:
    caller = request.caller
    return {
        "from_source": "api" if caller.invoke_from in _API_DOORS else "console",
        "from_end_user_id": caller.id if caller.role == "end_user" else None,
        "from_account_id": caller.id if caller.role == "account" else None,
    }


def dumped_metadata(metadata: Mapping[str, Any]) -> str:
    """The column `message_metadata`."""
    return json.dumps(to_json(metadata))
