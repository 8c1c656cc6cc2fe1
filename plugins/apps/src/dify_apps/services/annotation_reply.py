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
from ..tables.annotations import APP_ANNOTATION_SETTINGS, RUNTIME_ANNOTATION_MODELS
from .queries import row_of, write

type Action = Literal["enable", "disable"]
type JobStatus = Literal["waiting", "processing"]

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

    async def start(
        self, app: App, action: Action, *, account_id: str, score_threshold: float, model: ModelId
    ) -> tuple[str, JobStatus]:
        """Have annotation replies of the app turned on or off; the job. One that goes on already is left to it."""
        under_way = await self._under_way(app, action)
        if under_way is not None:
            return under_way, "processing"
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
        await self._cache.values.set(_key(app, action, "last"), job_id.encode(), ttl=_REMEMBERED)
        return job_id, "waiting"

    async def status(self, app: App, action: Action, job_id: str) -> tuple[str, str]:
        """What became of a job of the app (`waiting`, `processing`, `completed`, `error`), and its error.

        Raises `InvalidParam` for a job that is unknown, forgotten, or another app's.
        """
        mine = await self._cache.values.get(_key(app, action, job_id)) is not None
        status = await self._tasks.status(job_id) if mine else None
        if status is None:
            raise InvalidParam("The job does not exist.")
        return _STATES.get(status.state, "error"), status.error or ""

    async def _under_way(self, app: App, action: Action) -> str | None:
        """The id of the app's last job, if that has not ended."""
        last = await self._cache.values.get(_key(app, action, "last"))
        status = None if last is None else await self._tasks.status(last.decode())
        return status.id if status is not None and status.state in {"queued", "running"} else None


async def reply_setting(database: Database, app: App) -> dict[str, Any]:
    """What clients are told of the app's annotation replies; one statement, none for apps that have no messages."""
    if app.mode == "workflow":
        return {"enabled": False}
    models = RUNTIME_ANNOTATION_MODELS
    query = (
        select(_TABLE.c.id, _TABLE.c.score_threshold, models.c.provider_name, models.c.model_name)
        .outerjoin(models, models.c.app_id == _TABLE.c.app_id)
        .where(_TABLE.c.app_id == app.id)
    )
    row = await row_of(database, query)
    if row is None:
        return {"enabled": False}
    model = {"embedding_provider_name": row.provider_name, "embedding_model_name": row.model_name}
    known = {} if row.model_name is None else {"embedding_model": model}
    return {"enabled": True, "id": row.id, "score_threshold": row.score_threshold, **known}


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
        setting = _change(action, app_id, account_id, score_threshold, wanted, row)
        await write(database, setting, *_model_changes(action, app_id, wanted))

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


def _model_changes(action: str, app_id: str, model: ModelId) -> list[Executable]:
    """The statements that make the app's embedding model so; replies that are off have none."""
    gone = delete(RUNTIME_ANNOTATION_MODELS).where(RUNTIME_ANNOTATION_MODELS.c.app_id == app_id)
    if action == "disable":
        return [gone]
    values = {"app_id": app_id, "provider_name": model.provider, "model_name": model.name}
    return [gone, insert(RUNTIME_ANNOTATION_MODELS).values(**values)]


def _key(app: App, action: str, job_id: str) -> str:
    return f"annotation_reply:{app.id}:{action}:{job_id}"
