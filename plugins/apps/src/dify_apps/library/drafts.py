"""What an app does now: its draft, the version that is served, or its model configuration."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..tables.apps import APP_MODEL_CONFIGS
from ..tables.workflows import WORKFLOWS
from .content import Content, config_of, graph_of
from .errors import LibraryError, VersionNotFoundError
from .rows import DRAFT

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def find_draft(session: "AsyncSession", app_id: str, tenant_id: str) -> Any | None:
    """The row of the draft, as a mapping."""
    return await _workflow(session, app_id, tenant_id, WORKFLOWS.c.version == DRAFT)


async def find_version(session: "AsyncSession", app_id: str, tenant_id: str, version_id: str) -> Any:
    """The row of one version of a workflow, as a mapping; raises `VersionNotFoundError`."""
    row = await _workflow(session, app_id, tenant_id, WORKFLOWS.c.id == version_id)
    if row is None:
        raise version_not_found(app_id, version_id)
    return row


async def find_config(session: "AsyncSession", app_id: str, config_id: str | None) -> Any | None:
    """The row of one model configuration of an app that is known to be the workspace's."""
    if config_id is None:
        return None
    query = select(APP_MODEL_CONFIGS).where(APP_MODEL_CONFIGS.c.id == config_id, APP_MODEL_CONFIGS.c.app_id == app_id)
    return (await session.execute(query)).mappings().first()


async def served_content(session: "AsyncSession", app: Any) -> Content | None:
    """What clients get of the app of this row, secrets encrypted; None before it is published."""
    if app["mode"] in {"workflow", "advanced-chat"}:
        if app["workflow_id"] is None:
            return None
        row = await _workflow(session, app["id"], app["tenant_id"], WORKFLOWS.c.id == app["workflow_id"])
        return None if row is None else graph_of(row)
    row = await find_config(session, app["id"], app["app_model_config_id"])
    return None if row is None else config_of(row)


async def content_to_export(session: "AsyncSession", app: Any, version_id: str | None) -> Content:
    """The draft, the version named, or the model configuration; secrets are encrypted.

    Raises `VersionNotFoundError`, and `LibraryError` for an app without any of them.
    """
    if version_id is not None and app["mode"] in {"workflow", "advanced-chat"}:
        return graph_of(await find_version(session, app["id"], app["tenant_id"], version_id))
    if app["mode"] in {"workflow", "advanced-chat"}:
        row = await find_draft(session, app["id"], app["tenant_id"])
        content: Content | None = None if row is None else graph_of(row)
    else:
        row = await find_config(session, app["id"], version_id or app["app_model_config_id"])
        content = None if row is None else config_of(row)
    if content is None:
        raise LibraryError(f"the app {app['name']!r} holds nothing yet", hint="save a draft first")
    return content


def version_not_found(app_id: str, version_id: str) -> VersionNotFoundError:
    """The error for a version that is not there."""
    return VersionNotFoundError(
        f"the app {app_id} has no version {version_id}", hint="`dify-runtime apps history` shows its versions"
    )


async def _workflow(session: "AsyncSession", app_id: str, tenant_id: str, condition: Any) -> Any | None:
    query = select(WORKFLOWS).where(WORKFLOWS.c.tenant_id == tenant_id, WORKFLOWS.c.app_id == app_id, condition)
    return (await session.execute(query)).mappings().first()
