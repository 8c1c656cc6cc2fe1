"""The draft becomes the version that is served."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from dify_database import utc_now, uuid4_text

from ..tables.workflows import WORKFLOWS
from .api import AppVersion
from .errors import AppModeError, NothingToPublishError
from .rows import DRAFT, change_app, the_app

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_CONTENT = (
    "type",
    "graph",
    "features",
    "environment_variables",
    "conversation_variables",
    "rag_pipeline_variables",
)


async def publish_draft(
    session: "AsyncSession", app_id: str, *, tenant_id: str, account_id: str, name: str = "", comment: str = ""
) -> AppVersion:
    """Copy the draft to a new version and serve that; raises `AppModeError` and `NothingToPublishError`."""
    app = await the_app(session, app_id, tenant_id, lock=True)
    if app["mode"] not in {"workflow", "advanced-chat"}:
        raise AppModeError(f"{app['name']!r} is a {app['mode']} app: what is saved is served at once")
    draft = await _draft(session, app_id, tenant_id)
    now, version_id = utc_now(), uuid4_text()
    await session.execute(
        insert(WORKFLOWS).values(
            id=version_id,
            tenant_id=tenant_id,
            app_id=app_id,
            version=str(now),
            marked_name=name,
            marked_comment=comment,
            created_by=account_id,
            created_at=now,
            updated_at=now,
            **{column: draft[column] for column in _CONTENT},
        )
    )
    await change_app(session, app_id, tenant_id, {"workflow_id": version_id, "updated_by": account_id})
    return AppVersion(
        id=version_id,
        version=str(now),
        marked_name=name,
        marked_comment=comment,
        created_by=account_id,
        created_at=now,
        updated_at=now,
        served=True,
    )


async def _draft(session: "AsyncSession", app_id: str, tenant_id: str) -> Any:
    query = select(WORKFLOWS).where(
        WORKFLOWS.c.tenant_id == tenant_id, WORKFLOWS.c.app_id == app_id, WORKFLOWS.c.version == DRAFT
    )
    draft = (await session.execute(query)).mappings().first()
    if draft is None:
        raise NothingToPublishError(f"the app {app_id} has no draft", hint="import it, or save a draft")
    return draft
