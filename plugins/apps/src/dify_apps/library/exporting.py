"""Apps become files."""

import asyncio
import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dify_database import Database
from dify_workflow.dsl import DatasetIds, dump, from_mapping

from .content import Content, GraphContent, document_of, with_environment
from .datasets import TenantDatasetIds
from .dependencies import Declared, dependencies_of, find_declared, plugin_of
from .drafts import content_to_export, served_content
from .plugins_used import PluginCheck
from .reading_files import read_file
from .rows import the_app
from .variables import SecretVariables

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class Exporter:
    """Writes apps as files, and compares them with files. `encrypt_ids`: whether files hide the ids of datasets."""

    def __init__(
        self, database: Database, secrets: SecretVariables, plugins: PluginCheck, *, encrypt_ids: bool
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._plugins = plugins
        self._encrypt_ids = encrypt_ids

    async def export(self, app_id: str, *, tenant_id: str, include_secrets: bool, version_id: str | None) -> str:
        """The text of the file; secrets are blank unless asked for, and then not even decrypted."""
        app, content, declared = await self._read(app_id, tenant_id, version_id)
        if include_secrets and isinstance(content, GraphContent):
            content = with_environment(content, await self._secrets.open(tenant_id, content.environment))

        def written() -> str:
            document = document_of(app, content)
            complete = {**document.raw, "dependencies": dependencies_of(document, declared)}
            return dump(from_mapping(complete), include_secrets=include_secrets, dataset_ids=self._ids(tenant_id))

        return await asyncio.to_thread(written)

    async def leaked_dependencies(self, app_id: str, *, tenant_id: str) -> list[Mapping[str, Any]]:
        """The entries of the section `dependencies` whose plugin cannot be used here."""
        app, content, declared = await self._read(app_id, tenant_id, None)
        document = await asyncio.to_thread(document_of, app, content)
        missing = {one.plugin_id async for one in self._plugins.missing(document, tenant_id)}
        return [one for one in dependencies_of(document, declared) if plugin_of(one) in missing]

    async def _read(self, app_id: str, tenant_id: str, version_id: str | None) -> tuple[Any, Content, Declared]:
        async def unit(session: "AsyncSession") -> tuple[Any, Content, Declared]:
            app = await the_app(session, app_id, tenant_id)
            return app, await content_to_export(session, app, version_id), await find_declared(session, app_id)

        return await self._database.read(unit, snapshot=True)

    async def diff(self, app_id: str, text: str | bytes, *, tenant_id: str) -> str:
        """What the file would change in what is served, as a unified diff."""
        file = await read_file(text, tenant_id)

        async def unit(session: "AsyncSession") -> tuple[Any, Content | None]:
            app = await the_app(session, app_id, tenant_id)
            return app, await served_content(session, app)

        app, content = await self._database.read(unit, snapshot=True)
        looks = {**file.looks, "mode": file.mode, "name": file.looks["name"] or app["name"]}
        ids = self._ids(tenant_id)

        def compared() -> str:
            served = "" if content is None else _text(app, content, ids)
            return "".join(_lines(served, _text(looks, file.content, ids)))

        return await asyncio.to_thread(compared)

    def _ids(self, tenant_id: str) -> DatasetIds | None:
        return TenantDatasetIds(tenant_id) if self._encrypt_ids else None


def _text(app: Any, content: Content, ids: DatasetIds | None) -> str:
    return dump(document_of(app, content), dataset_ids=ids)


def _lines(served: str, file: str) -> list[str]:
    before, after = served.splitlines(keepends=True), file.splitlines(keepends=True)
    return list(difflib.unified_diff(before, after, "served", "file"))
