"""The versions of an app."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, select, update

from dify_database import Database, utc_now

from ..tables.apps import APP_MODEL_CONFIGS
from ..tables.workflows import WORKFLOWS
from .api import AppVersion
from .content import graph_of
from .drafts import find_config, find_version, version_not_found
from .errors import VersionInUseError
from .rows import DRAFT, change_app, put_content, record, the_app

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class Versions:
    """Lists, restores, names and deletes versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, app_id: str, *, tenant_id: str, limit: int, offset: int) -> list[AppVersion]:
        """The versions, the newest first, and the draft before them."""

        async def unit(session: "AsyncSession") -> list[AppVersion]:
            app = await the_app(session, app_id, tenant_id)
            if not record(app).has_graph:
                return await _configs(session, app, limit, offset)
            query = (
                select(WORKFLOWS)
                .where(WORKFLOWS.c.tenant_id == tenant_id, WORKFLOWS.c.app_id == app_id)
                .order_by(case((WORKFLOWS.c.version == DRAFT, 0), else_=1), WORKFLOWS.c.version.desc())
                .limit(limit)
                .offset(offset)
            )
            rows = (await session.execute(query)).mappings()
            return [_version(dict(row), served=row["id"] == app["workflow_id"]) for row in rows]

        return await self._database.read(unit)

    async def restore(self, version_id: str, *, app_id: str, tenant_id: str, account_id: str) -> None:
        """Put a version in the place of the draft; a model configuration is served at once."""

        async def unit(session: "AsyncSession") -> None:
            app = await the_app(session, app_id, tenant_id, lock=True)
            if record(app).has_graph:
                content = graph_of(await find_version(session, app_id, tenant_id, version_id))
                await put_content(session, app_id, content, app["mode"], tenant_id=tenant_id, account_id=account_id)
                return
            if await find_config(session, app_id, version_id) is None:
                raise version_not_found(app_id, version_id)
            await change_app(session, app_id, tenant_id, {"app_model_config_id": version_id, "updated_by": account_id})

        await self._database.write(unit)

    async def mark(
        self,
        version_id: str,
        *,
        app_id: str,
        tenant_id: str,
        account_id: str,
        name: str | None,
        comment: str | None,
    ) -> AppVersion:
        """Name or comment a version of a workflow."""
        marks = {"marked_name": name, "marked_comment": comment}
        values: dict[str, Any] = {column: text for column, text in marks.items() if text is not None}

        async def unit(session: "AsyncSession") -> AppVersion:
            app = await the_app(session, app_id, tenant_id)
            await find_version(session, app_id, tenant_id, version_id)
            changed = update(WORKFLOWS).where(WORKFLOWS.c.id == version_id, WORKFLOWS.c.app_id == app_id)
            await session.execute(changed.values(updated_by=account_id, updated_at=utc_now(), **values))
            row = await find_version(session, app_id, tenant_id, version_id)
            return _version(row, served=version_id == app["workflow_id"])

        return await self._database.write(unit)

    async def delete(self, version_id: str, *, app_id: str, tenant_id: str) -> None:
        """Delete a version of a workflow that is neither the draft nor served."""

        async def unit(session: "AsyncSession") -> None:
            app = await the_app(session, app_id, tenant_id, lock=True)
            row = await find_version(session, app_id, tenant_id, version_id)
            if row["version"] == DRAFT:
                raise VersionInUseError("the draft cannot be deleted")
            if version_id == app["workflow_id"]:
                raise VersionInUseError("the version is served", hint="publish another one first")
            await session.execute(
                delete(WORKFLOWS).where(WORKFLOWS.c.id == version_id, WORKFLOWS.c.tenant_id == tenant_id)
            )

        await self._database.write(unit)


async def _configs(session: "AsyncSession", app: Any, limit: int, offset: int) -> list[AppVersion]:
    columns = APP_MODEL_CONFIGS.c
    query = select(columns.id, columns.created_by, columns.created_at, columns.updated_at)
    ordered = query.where(columns.app_id == app["id"]).order_by(columns.created_at.desc(), columns.id)
    rows = (await session.execute(ordered.limit(limit).offset(offset))).mappings()
    unmarked = {"marked_name": "", "marked_comment": ""}
    return [
        _version({**row, **unmarked, "version": str(row["created_at"])}, served=row["id"] == app["app_model_config_id"])
        for row in rows
    ]


def _version(row: Mapping[str, Any], *, served: bool) -> AppVersion:
    names = ("id", "version", "marked_name", "marked_comment", "created_by", "created_at", "updated_at")
    return AppVersion(**{name: row[name] for name in names}, served=served)
