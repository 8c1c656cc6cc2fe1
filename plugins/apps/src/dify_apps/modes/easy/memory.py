"""The earlier turns of a conversation: its thread, as messages of a prompt, cut to the room there is."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from dify_database import Database
from dify_files import FileRules, Files, FilesError
from dify_runtime_sdk.models import FilePart, Message
from dify_runtime_sdk.workflow import File

from ...tables.apps import APPS
from ...tables.messages import MESSAGE_FILES, MESSAGES
from ..chat.conversations import NOBODY
from .prompts.texts import text_of, with_files

_log: Final = logging.getLogger(__name__)

MOST_MESSAGES: Final = 500
"""Turns that are read at all."""
FREE_TOKENS: Final = 2000
"""Tokens for the history where nothing is known of the model's limit."""


@dataclass(frozen=True, slots=True)
class PastTurn:
    """One answered turn."""

    id: str
    query: str
    answer: str
    files: Sequence[File] = ()

    @property
    def messages(self) -> list[Message]:
        """Question and answer."""
        parts = [FilePart(file=file) for file in self.files]
        question = Message(role="user", content=with_files(self.query, parts))
        return [question, Message(role="assistant", content=self.answer)]


class Threads:
    """Reads threads; satisfies `ConversationMemory`."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    async def history(self, conversation_id: str, *, tenant_id: str, limit: int) -> Sequence[Message]:
        """The newest `limit` messages of the newest thread, oldest first; turns without an answer are left out."""
        turns = await self.turns(conversation_id, tenant_id=tenant_id, files=True)
        return messages_of(turns)[-limit:] if limit > 0 else []

    async def turns(
        self, conversation_id: str, *, tenant_id: str, parent: str | None = NOBODY, files: bool = False
    ) -> list[PastTurn]:
        """The answered turns that lead to `parent`, oldest first; by default to the newest one.

        `files`: whether to find what users sent along too.
        """
        if parent is None:
            return []
        rows = await self._rows(conversation_id, tenant_id)
        thread = [row for row in reversed(follow(rows, parent)) if row.answer]
        found = await self._found_files([row.id for row in thread], tenant_id) if files and thread else {}
        return [PastTurn(row.id, row.query, row.answer, found.get(row.id, ())) for row in thread]

    async def _rows(self, conversation_id: str, tenant_id: str) -> Sequence[Any]:
        table = MESSAGES.c
        query = (
            select(table.id, table.query, table.answer, table.parent_message_id)
            .join(APPS, APPS.c.id == table.app_id)
            .where(table.conversation_id == conversation_id, APPS.c.tenant_id == tenant_id)
            .order_by(table.created_at.desc())
            .limit(MOST_MESSAGES)
        )
        return (await self._database.read(lambda session: session.execute(query))).all()

    async def _found_files(self, message_ids: Sequence[str], tenant_id: str) -> dict[str, list[File]]:
        """The files of users by message; none when one of them is gone."""
        table = MESSAGE_FILES.c
        query = select(MESSAGE_FILES).where(table.message_id.in_(message_ids), table.belongs_to == "user")
        rows = (await self._database.read(lambda session: session.execute(query))).all()
        if not rows:
            return {}
        try:
            files = await self._files.inputs([_mapping(row) for row in rows], rules=FileRules(), tenant_id=tenant_id)
        except FilesError as error:
            _log.info("the files of earlier turns are left out: %s", error.message)
            return {}
        by_place = {file.related_id or file.remote_url: file for file in files}
        found: dict[str, list[File]] = {}
        for row in rows:
            file = by_place.get(row.upload_file_id or row.url)
            if file is not None:
                found.setdefault(row.message_id, []).append(file)
        return found


def follow(rows: Iterable[Any], parent: str) -> list[Any]:
    """Of messages, the newest first, those on the way from `parent` back to the first."""
    thread: list[Any] = []
    wanted: str | None = parent
    for row in rows:
        if wanted is None:
            break
        if wanted in {NOBODY, row.id}:
            thread.append(row)
            wanted = row.parent_message_id
    return thread


def messages_of(turns: Iterable[PastTurn]) -> list[Message]:
    """The turns as messages of a prompt."""
    return [message for turn in turns for message in turn.messages]


async def fitting(
    history: Sequence[Message], room: int, count: Callable[[Sequence[Message]], Awaitable[int]]
) -> list[Message]:
    """The longest end of a history that has at most `room` tokens, beginning with a question."""
    kept = list(history)
    if sum(len(text_of(message.content).encode()) + 8 for message in kept) <= room:
        return kept  # no token is shorter than a byte: nothing to count
    starts = [at for at, message in enumerate(kept) if message.role == "user"]
    low, high = 0, len(starts)
    while low < high:  # the fewest dropped turns with which the rest fits
        middle = (low + high) // 2
        if await count(kept[starts[middle] :]) <= room:
            high = middle
        else:
            low = middle + 1
    return kept[starts[low] :] if low < len(starts) else []


def _mapping(row: Any) -> dict[str, Any]:
    return {
        "type": row.type,
        "transfer_method": row.transfer_method,
        "url": row.url,
        "upload_file_id": row.upload_file_id,
    }
