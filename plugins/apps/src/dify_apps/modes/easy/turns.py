"""What a run of an easy mode begins with."""

from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from dify_database import Database, uuid4_text
from dify_files import Files
from dify_runtime_sdk.workflow import File

from ...api import PreparedRun, RunRequest
from ..chat.conversations import Turn, open_turn
from ..inputs import checked_files, checked_inputs
from .config import Configs, EasyConfig


@dataclass(slots=True, kw_only=True)
class EasyTurn:
    """What the easy modes know of a run. Moderation and tools may change `inputs` and `query`."""

    config: EasyConfig
    turn: Turn
    created_at: int
    query: str
    inputs: dict[str, Any] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    @property
    def message_id(self) -> str:
        """The message that the run answers."""
        return self.turn.message_id


class Turns:
    """Prepares runs."""

    def __init__(self, configs: Configs, files: Files, database: Database) -> None:
        self._configs = configs
        self._files = files
        self._database = database

    async def prepare(self, request: RunRequest, query: str, *, in_conversation: bool = True) -> PreparedRun:
        """Check a request against the app's form and open the turn.

        `in_conversation`: whether clients are told of a conversation, and may go on with one.
        """
        config = self._configs.of(request.app)
        inputs = await checked_inputs(config.form, request, self._files)
        files = await checked_files(config.settings, request, self._files)
        turn = await open_turn(
            request,
            self._database,
            inputs=inputs,
            query=query,
            opening=config.settings.opening_statement,
            files=files,
            config_id=request.app.config_id,
            model=(config.model.provider, config.model.name),
        )
        created_at = int(turn.created_at.replace(tzinfo=UTC).timestamp())
        shared: dict[str, Any] = {"message_id": turn.message_id, "created_at": created_at}
        if in_conversation:
            shared = {"conversation_id": turn.conversation_id, **shared}
        state = EasyTurn(config=config, turn=turn, created_at=created_at, query=query, inputs=inputs, files=files)
        return PreparedRun(
            task_id=uuid4_text(),
            run_id=turn.message_id,
            request=request,
            shared=shared,
            writes=turn.writes,
            state=state,
        )


def turn_of(prepared: PreparedRun) -> EasyTurn:
    """What an easy mode knows of a run that it prepared."""
    turn = prepared.state
    assert isinstance(turn, EasyTurn)  # noqa: S101 - the modes prepare by `Turns` alone
    return turn
