"""The service `AppLibrary`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from dify_accounts import ApiKeys
from dify_database import Database

from ..api import ImportResult
from ..tables.apps import APPS
from .api import AppRecord, AppVersion, ImportChoices, ServedFile
from .copying import chosen, copy_app
from .deleting import delete_app
from .exporting import Exporter
from .files import FileApplier
from .importing import Importer, ImportOrder
from .publishing import publish_draft
from .rows import change_app, record, the_app
from .versions import Versions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class AppLibraryService:
    """Satisfies `AppLibrary`; each kind of work has a module of its own."""

    def __init__(
        self, database: Database, keys: ApiKeys, importer: Importer, applier: FileApplier, exporter: Exporter
    ) -> None:
        self._database = database
        self._keys = keys
        self._importer = importer
        self._applier = applier
        self._exporter = exporter
        self._versions = Versions(database)

    async def import_app(
        self,
        text: str | bytes,
        *,
        tenant_id: str,
        account_id: str,
        app_id: str | None = None,
        choices: ImportChoices | None = None,
        publish: bool = False,
    ) -> ImportResult:
        """Make an app from a file, or put the file in the place of a draft."""
        order = ImportOrder(
            tenant_id=tenant_id,
            account_id=account_id,
            app_id=app_id,
            choices=choices or ImportChoices(),
            publish=publish,
        )
        return await self._importer.run(text, order)

    async def confirm_import(self, import_id: str, *, tenant_id: str, account_id: str) -> ImportResult:
        """Carry out a pending import."""
        return await self._importer.confirm(import_id, tenant_id=tenant_id, account_id=account_id)

    async def apply_file(self, text: str | bytes, *, key: str, tenant_id: str, account_id: str) -> ServedFile:
        """Make the app of the file `key` what the file says."""
        return await self._applier.apply(text, key=key, tenant_id=tenant_id, account_id=account_id)

    async def get(self, app_id: str, *, tenant_id: str) -> AppRecord:
        """The app."""

        async def unit(session: "AsyncSession") -> AppRecord:
            return record(await the_app(session, app_id, tenant_id))

        return await self._database.read(unit)

    async def update(self, app_id: str, choices: ImportChoices, *, tenant_id: str, account_id: str) -> AppRecord:
        """Change name, description or icon."""
        return await self._change(app_id, chosen(choices), tenant_id, account_id)

    async def set_enabled(
        self, app_id: str, *, tenant_id: str, account_id: str, api: bool | None = None, site: bool | None = None
    ) -> AppRecord:
        """Open or close the Service API or the web app."""
        wanted = {"enable_api": api, "enable_site": site}
        values = {name: value for name, value in wanted.items() if value is not None}
        return await self._change(app_id, values, tenant_id, account_id)

    async def delete(self, app_id: str, *, tenant_id: str) -> None:
        """Delete the app."""
        await delete_app(self._database, self._keys, app_id, tenant_id)

    async def copy(
        self, app_id: str, *, tenant_id: str, account_id: str, choices: ImportChoices | None = None
    ) -> AppRecord:
        """A new app with the same configuration or draft."""
        return await copy_app(
            self._database, app_id, choices or ImportChoices(), tenant_id=tenant_id, account_id=account_id
        )

    async def export(
        self, app_id: str, *, tenant_id: str, include_secrets: bool = False, version_id: str | None = None
    ) -> str:
        """The app as a file."""
        return await self._exporter.export(
            app_id, tenant_id=tenant_id, include_secrets=include_secrets, version_id=version_id
        )

    async def leaked_dependencies(self, app_id: str, *, tenant_id: str) -> Sequence[Mapping[str, Any]]:
        """The plugins that the app needs and cannot use here."""
        return await self._exporter.leaked_dependencies(app_id, tenant_id=tenant_id)

    async def diff(self, app_id: str, text: str | bytes, *, tenant_id: str) -> str:
        """What the file would change in what is served."""
        return await self._exporter.diff(app_id, text, tenant_id=tenant_id)

    async def publish(
        self, app_id: str, *, tenant_id: str, account_id: str, name: str = "", comment: str = ""
    ) -> AppVersion:
        """Make the draft the version that clients get."""
        return await self._database.write(
            lambda session: publish_draft(
                session, app_id, tenant_id=tenant_id, account_id=account_id, name=name, comment=comment
            )
        )

    async def versions(self, app_id: str, *, tenant_id: str, limit: int = 100, offset: int = 0) -> "list[AppVersion]":
        """The versions, the newest first."""
        return await self._versions.list(app_id, tenant_id=tenant_id, limit=limit, offset=offset)

    async def restore(self, version_id: str, *, app_id: str, tenant_id: str, account_id: str) -> None:
        """Put a version in the place of the draft."""
        await self._versions.restore(version_id, app_id=app_id, tenant_id=tenant_id, account_id=account_id)

    async def mark_version(
        self,
        version_id: str,
        *,
        app_id: str,
        tenant_id: str,
        account_id: str,
        name: str | None = None,
        comment: str | None = None,
    ) -> AppVersion:
        """Name or comment a version."""
        return await self._versions.mark(
            version_id, app_id=app_id, tenant_id=tenant_id, account_id=account_id, name=name, comment=comment
        )

    async def delete_version(self, version_id: str, *, app_id: str, tenant_id: str) -> None:
        """Delete a version."""
        await self._versions.delete(version_id, app_id=app_id, tenant_id=tenant_id)

    async def list(
        self, *, tenant_id: str, mode: str | None = None, name: str | None = None, limit: int = 100, offset: int = 0
    ) -> list[AppRecord]:
        """The apps, the newest first."""
        query = select(APPS).where(APPS.c.tenant_id == tenant_id).order_by(APPS.c.created_at.desc(), APPS.c.id)
        if mode is not None:
            query = query.where(APPS.c.mode == mode)
        if name:
            query = query.where(APPS.c.name.icontains(name, autoescape=True))

        async def unit(session: "AsyncSession") -> list[AppRecord]:
            return [record(dict(row)) for row in (await session.execute(query.limit(limit).offset(offset))).mappings()]

        return await self._database.read(unit)

    async def _change(self, app_id: str, values: dict[str, Any], tenant_id: str, account_id: str) -> AppRecord:
        async def unit(session: "AsyncSession") -> AppRecord:
            await the_app(session, app_id, tenant_id, lock=True)
            await change_app(session, app_id, tenant_id, {**values, "updated_by": account_id})
            return record(await the_app(session, app_id, tenant_id))

        return await self._database.write(unit)
