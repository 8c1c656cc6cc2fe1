"""Annotation replies turned on and off, by a task: that the model can be used is found out in the background."""

from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Executable, delete, insert, select, update

from dify_database import Database, utc_now, uuid4_text
from dify_runtime_sdk import Runtime
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.http import InvalidParam
from dify_runtime_sdk.model_uses import EmbeddingRequest, TextEmbeddings
from dify_runtime_sdk.models import ModelId, ModelNotFoundError
from dify_runtime_sdk.tasks import Task, Tasks

from ..api import App
from ..tables.annotations import APP_ANNOTATION_SETTINGS
from .queries import row_of, write

type Action = Literal["enable", "disable"]

TASK: Final = "apps.annotation-reply"
_REMEMBERED: Final = 86_400.0
"""Seconds for which an app can ask about a job of its own."""
_STATES: Final = {"queued": "waiting", "running": "processing", "succeeded": "completed"}
_TABLE: Final = APP_ANNOTATION_SETTINGS


class AnnotationReplies:
    """Turns annotation replies on and off; offered where tasks are run."""

    def __init__(self, tasks: Tasks, cache: Cache) -> None:
        self._tasks = tasks
        self._cache = cache

    async def start(self, app: App, action: Action, *, account_id: str, score_threshold: float, model: ModelId) -> str:
        """Have annotation replies of the app turned on or off; the job's id."""
        arguments = {
            "action": action,
            "app_id": app.id,
            "tenant_id": app.tenant_id,
            "account_id": account_id,
            "score_threshold": score_threshold,
            "provider": model.provider,
            "model": model.name,
        }
        job_id = await self._tasks.enqueue(TASK, arguments)
        await self._cache.values.set(_key(app, action, job_id), b"1", ttl=_REMEMBERED)
        return job_id

    async def status(self, app: App, action: Action, job_id: str) -> tuple[str, str]:
        """What became of a job of the app (`waiting`, `processing`, `completed`, `error`), and its error.

        Raises `InvalidParam` for a job that is unknown, forgotten, or another app's.
        """
        mine = await self._cache.values.get(_key(app, action, job_id)) is not None
        status = await self._tasks.status(job_id) if mine else None
        if status is None:
            raise InvalidParam("The job does not exist.")
        return _STATES.get(status.state, "error"), status.error or ""


async def reply_setting(database: Database, app: App) -> dict[str, Any]:
    """What clients are told of the app's annotation replies; one statement, none for apps that have no messages."""
    if app.mode == "workflow":
        return {"enabled": False}
    row = await row_of(database, select(_TABLE.c.id, _TABLE.c.score_threshold).where(_TABLE.c.app_id == app.id))
    if row is None:
        return {"enabled": False}
    return {"enabled": True, "id": row.id, "score_threshold": row.score_threshold}


async def make_replies(runtime: Runtime) -> AnnotationReplies:
    """The service `AnnotationReplies`."""
    return AnnotationReplies(await runtime.services.get(Tasks), await runtime.services.get(Cache))


def reply_task(runtime: Runtime) -> Task:
    """The task that does it."""

    async def apply(
        action: str,
        app_id: str,
        tenant_id: str,
        account_id: str,
        score_threshold: float,
        provider: str,
        model: str,
    ) -> None:
        wanted = ModelId(provider, model)
        if action == "enable":
            await _try(runtime, wanted, tenant_id)
        database = await runtime.services.get(Database)
        row = await row_of(database, select(_TABLE.c.id).where(_TABLE.c.app_id == app_id))
        await write(database, _change(action, app_id, account_id, score_threshold, wanted, row))

    return Task(TASK, apply, timeout=600.0)


async def _try(runtime: Runtime, model: ModelId, tenant_id: str) -> None:
    """Embed a word; raises `ModelError` when the model cannot be used."""
    if not runtime.services.offered(TextEmbeddings):
        raise ModelNotFoundError("no plugin serves embedding models", hint="install dify-runtime-models")
    models = await runtime.services.get(TextEmbeddings)
    await models.embed(EmbeddingRequest(model=model, texts=["test"], tenant_id=tenant_id))


def _change(action: str, app_id: str, account_id: str, score_threshold: float, model: ModelId, row: Any) -> Executable:
    """The statement that makes the setting so."""
    mine = _TABLE.c.app_id == app_id
    if action == "disable":
        return delete(_TABLE).where(mine)
    now = utc_now()
    values: dict[str, Any] = {
        "score_threshold": score_threshold,
        "collection_binding_id": str(uuid5(NAMESPACE_URL, f"annotation:{model.provider}:{model.name}")),
        "updated_user_id": account_id,
        "updated_at": now,
    }
    if row is not None:
        return update(_TABLE).where(mine).values(**values)
    first = {"id": uuid4_text(), "app_id": app_id, "created_user_id": account_id, "created_at": now}
    return insert(_TABLE).values(**values, **first)


def _key(app: App, action: str, job_id: str) -> str:
    return f"annotation_reply:{app.id}:{action}:{job_id}"
