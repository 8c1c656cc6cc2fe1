"""Annotation replies: answers that people have written, given in place of a model's."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import Select, func, insert, select, update

from dify_accounts.tables import ACCOUNTS
from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.models import ModelId

from ..api import App, Caller, InvokeFrom, Write
from ..tables.annotations import (
    APP_ANNOTATION_HIT_HISTORIES,
    APP_ANNOTATION_SETTINGS,
    MESSAGE_ANNOTATIONS,
    RUNTIME_ANNOTATION_MODELS,
)

_log: Final = logging.getLogger(__name__)

_KEEP_SECONDS: Final = 5.0
"""Seconds for which a process trusts what it knows of an app's setting: turned on elsewhere, it counts by then."""
_REMEMBERED: Final = 4096
_CONSOLE: Final = frozenset({InvokeFrom.DEBUGGER, InvokeFrom.EXPLORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationMatch:
    """An annotation that answers a question; `score` is 1 for the same words."""

    id: str
    question: str
    content: str
    account_id: str
    account_name: str
    score: float

    def to_json(self) -> dict[str, Any]:
        """What the end of the answer says of it."""
        return {"id": self.id, "account": {"id": self.account_id, "name": self.account_name}}


class AnnotationMatcher(Protocol):
    """Finds the annotation that answers a question."""

    async def match(self, app: App, query: str) -> AnnotationMatch | None:
        """The best one that is good enough; None without one, and where the app gives no annotation replies."""
        ...

    async def replies(self, app: App) -> bool:
        """Whether the app gives annotation replies at all; as a rule known without asking the database."""
        ...


class SimilarAnnotations(Protocol):
    """Compares questions by what they mean."""

    async def best(
        self, query: str, annotations: Sequence[Any], *, model: ModelId | None, threshold: float, tenant_id: str
    ) -> tuple[Any, float] | None:
        """The row of `annotations` whose question is nearest, and its score; None below `threshold` (0 to 1).

        `model` is the embedding model of the app's setting; None stands for the workspace's default.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Setting:
    """How near a question must be (0 to 1), and by which model; None is the workspace's default."""

    threshold: float
    model: ModelId | None


class StoredAnnotations:
    """Annotations in the database: by their words, then by their meaning where a model can tell."""

    def __init__(
        self, database: Database, similar: SimilarAnnotations | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._similar = similar
        self._clock = clock
        self._settings: dict[str, tuple[float, _Setting | None]] = {}

    async def match(self, app: App, query: str) -> AnnotationMatch | None:
        """The annotation that answers `query`. Failures are logged and count as no match: a model can still answer."""
        if not query:
            return None
        try:
            setting = await self._setting(app.id)
            return None if setting is None else await self._match(app, query, setting)
        except DifyRuntimeError as error:
            _log.warning("the annotations of app %s could not be compared: %s", app.id, error.message)
            return None

    async def replies(self, app: App) -> bool:
        """Whether the app gives annotation replies; raises `DatabaseError` when that cannot be found out."""
        return await self._setting(app.id) is not None

    async def _match(self, app: App, query: str, setting: _Setting) -> AnnotationMatch | None:
        same = await self._first(_annotations(app).where(MESSAGE_ANNOTATIONS.c.question == query).limit(1))
        if same is not None:
            return _matched(same, 1.0)
        if self._similar is None:
            return None
        rows = await self._all(_annotations(app))
        found = await self._similar.best(
            query, rows, model=setting.model, threshold=setting.threshold, tenant_id=app.tenant_id
        )
        return None if found is None else _matched(*found)

    async def _setting(self, app_id: str) -> _Setting | None:
        """What is set of the app's annotation replies; None when they are off."""
        known = self._settings.get(app_id)
        if known is not None and known[0] > self._clock():
            return known[1]
        row = await self._first(_setting_of(app_id))
        setting = None
        if row is not None:
            model = None if row.model_name is None else ModelId(row.provider_name, row.model_name)
            setting = _Setting(row.score_threshold or 1.0, model)
        if len(self._settings) >= _REMEMBERED:
            self._settings.clear()
        self._settings[app_id] = (self._clock() + _KEEP_SECONDS, setting)
        return setting

    async def _first(self, query: Select[Any]) -> Any:
        return (await self._database.read(lambda session: session.execute(query))).first()

    async def _all(self, query: Select[Any]) -> Sequence[Any]:
        return list((await self._database.read(lambda session: session.execute(query))).all())


def hit_writes(match: AnnotationMatch, app: App, caller: Caller, message_id: str, query: str) -> Sequence[Write]:
    """The rows that say that an annotation has answered."""
    table = MESSAGE_ANNOTATIONS.c
    mine = table.id == match.id, table.app_id == app.id
    counted = update(MESSAGE_ANNOTATIONS).where(*mine)
    counted = counted.values(hit_count=table.hit_count + 1, updated_at=table.updated_at)
    values: Mapping[str, Any] = {
        "id": uuid4_text(),
        "app_id": app.id,
        "annotation_id": match.id,
        "source": "console" if caller.invoke_from in _CONSOLE else "api",
        "question": query,
        "account_id": caller.id,
        "created_at": utc_now(),
        "score": match.score,
        "message_id": message_id,
        "annotation_question": match.question,
        "annotation_content": match.content,
    }
    return [(counted, None), (insert(APP_ANNOTATION_HIT_HISTORIES).values(**values), None)]


def _setting_of(app_id: str) -> Select[Any]:
    setting, model = APP_ANNOTATION_SETTINGS, RUNTIME_ANNOTATION_MODELS
    return (
        select(setting.c.score_threshold, model.c.provider_name, model.c.model_name)
        .outerjoin_from(setting, model, model.c.app_id == setting.c.app_id)
        .where(setting.c.app_id == app_id)
        .limit(1)
    )


def _annotations(app: App) -> Select[Any]:
    table = MESSAGE_ANNOTATIONS.c
    name = func.coalesce(ACCOUNTS.c.name, "").label("account_name")
    return (
        select(table.id, table.question, table.content, table.account_id, table.updated_at, name)
        .outerjoin_from(MESSAGE_ANNOTATIONS, ACCOUNTS, ACCOUNTS.c.id == table.account_id)
        .where(table.app_id == app.id)
        .order_by(table.created_at.desc())
    )


def _matched(row: Any, score: float) -> AnnotationMatch:
    return AnnotationMatch(
        id=row.id,
        question=row.question,
        content=row.content,
        account_id=row.account_id,
        account_name=row.account_name,
        score=score,
    )
