"""Apps as runs and routes see them: one statement for the app, what it runs is remembered."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dify_database import Database

from .api import App, WorkflowVersion

if TYPE_CHECKING:
    from sqlalchemy import Select

_REMEMBERED: Final = 256
"""Configurations and published graphs that a process keeps parsed."""

_JSON_COLUMNS: Final = (
    "suggested_questions",
    "suggested_questions_after_answer",
    "speech_to_text",
    "text_to_speech",
    "more_like_this",
    "model",
    "user_input_form",
    "agent_mode",
    "sensitive_word_avoidance",
    "retriever_resource",
    "chat_prompt_config",
    "completion_prompt_config",
    "dataset_configs",
    "external_data_tools",
    "file_upload",
)
_TEXT_COLUMNS: Final = ("opening_statement", "dataset_query_variable", "pre_prompt", "prompt_type")


class AppReader:
    """Reads apps.

    A configuration and a published version never change under their id: they are read and parsed once. The app's own
    row is read every time, so that what is switched off or published in another process counts at once.
    """

    def __init__(self, database: Database) -> None:
        from . import app_statements  # SQLAlchemy: the class is the key of the service, so every process imports it

        self._database = database
        self._statements = app_statements
        self._configs = _Remembered[Mapping[str, Any]]()
        self._workflows = _Remembered[WorkflowVersion]()

    async def get(self, app_id: str, *, tenant_id: str) -> App | None:
        """The app with what it runs; one statement, or two when that was not seen lately."""
        row = await self._row(self._statements.APP, {"app": app_id, "tenant": tenant_id})
        if row is None:
            return None
        config = await self._config(row.app_model_config_id, row.id)
        mode = mode_of(row.mode, config)
        return App(
            id=row.id,
            tenant_id=row.tenant_id,
            name=row.name,
            mode=mode,
            stored_mode=None if mode == row.mode else row.mode,
            status=row.status,
            enable_api=row.enable_api,
            enable_site=row.enable_site,
            max_active_requests=row.max_active_requests,
            config_id=row.app_model_config_id,
            config=config,
            workflow=await self._published(row.workflow_id, row.id),
            updated_at=row.updated_at,
        )

    async def newest(self, *, tenant_id: str, limit: int) -> Sequence[str]:
        """The ids of the workspace's apps, the newest first."""
        given = {"tenant": tenant_id, "most": limit}
        statement = self._statements.NEWEST
        return await self._database.read_plain(lambda connection: list(connection.execute(statement, given).scalars()))

    async def version(self, workflow_id: str, *, app_id: str, tenant_id: str) -> WorkflowVersion | None:
        """One version of the app's workflow, the draft included."""
        row = await self._row(self._statements.version(workflow_id, app_id=app_id, tenant_id=tenant_id))
        return None if row is None else parse_workflow(row)

    async def _config(self, config_id: str | None, app_id: str) -> Mapping[str, Any] | None:
        return await self._remember(self._configs, config_id, app_id, self._statements.CONFIG, parse_config)

    async def _published(self, workflow_id: str | None, app_id: str) -> WorkflowVersion | None:
        return await self._remember(self._workflows, workflow_id, app_id, self._statements.PUBLISHED, parse_workflow)

    async def _remember[V](
        self, memory: "_Remembered[V]", key: str | None, app_id: str, query: "Select[Any]", parse: Callable[[Any], V]
    ) -> V | None:
        if key is None:
            return None
        found = memory.get(key)
        if found is None:
            row = await self._row(query, {"one": key, "app": app_id})
            if row is None:
                return None
            found = memory.put(key, parse(row))
        return found

    async def _row(self, query: "Select[Any]", parameters: Mapping[str, str] | None = None) -> Any:
        return await self._database.read_plain(lambda connection: connection.execute(query, parameters).first())


class _Remembered[V]:
    """The values that were used last."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, V] = OrderedDict()

    def get(self, key: str) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: str, value: V) -> V:
        self._values[key] = value
        if len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)
        return value


def mode_of(stored: str, config: Mapping[str, Any] | None) -> str:
    """How an app runs: a chat app whose configuration is that of an agent is one."""
    agent: Mapping[str, Any] = (config or {}).get("agent_mode") or {}
    if stored != "chat" or not agent.get("enabled"):
        return stored
    from dify_workflow.dsl import AgentMode  # with all models of app files, which few apps need here

    return "agent-chat" if AgentMode.model_validate(agent).is_agent else stored


def parse_workflow(row: Any) -> WorkflowVersion:
    """A row of `workflows`."""
    return WorkflowVersion(
        id=row.id,
        version=row.version,
        graph=_json(row.graph, {}),
        features=_json(row.features, {}),
        environment_variables=_variables(row.environment_variables),
        conversation_variables=_variables(row.conversation_variables),
        graph_text=row.graph,
    )


def parse_config(row: Any) -> Mapping[str, Any]:
    """A row of `app_model_configs`, with the keys of an app file; what is not set is left out."""
    config = {name: _json(getattr(row, name), None) for name in _JSON_COLUMNS}
    config |= {name: getattr(row, name) for name in _TEXT_COLUMNS}
    return {name: value for name, value in config.items() if value is not None}


def _variables(text: str) -> Sequence[Mapping[str, Any]]:
    """The variables of a workflow, which are stored by name."""
    stored = _json(text, {})
    return tuple(stored.values()) if isinstance(stored, dict) else tuple(stored)


def _json(text: str | None, default: Any) -> Any:
    return default if text is None or not text else json.loads(text)
