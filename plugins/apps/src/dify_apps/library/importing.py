"""Files become apps, and take the place of drafts."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final

from dify_database import Database, uuid4_text
from dify_runtime_sdk.cache import Cache
from dify_workflow.dsl import APP_VERSION

from ..api import ImportResult
from .api import ImportChoices
from .content import Content, GraphContent, graph_of, with_environment
from .dependencies import declared_in, put_declared
from .drafts import find_draft
from .errors import AppModeError, AppNotFoundError, ImportFailedError, LibraryError
from .plugins_used import PluginCheck
from .publishing import publish_draft
from .reading_files import AppFile, pending, read_file
from .rows import change_app, insert_app, put_content, record, the_app
from .variables import SecretVariables, Variables, keep_secrets

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PENDING_SECONDS: Final = 600
"""For so long an import waits to be confirmed."""

OVERWRITE_REFUSED: Final = "Only workflow or advanced chat apps can be overwritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """An import as it was asked for."""

    tenant_id: str
    account_id: str
    app_id: str | None = None
    choices: ImportChoices = field(default_factory=ImportChoices)
    publish: bool = False


class Importer:
    """Carries out imports."""

    def __init__(self, database: Database, cache: Cache, secrets: SecretVariables, plugins: PluginCheck) -> None:
        self._database = database
        self._values = cache.values
        self._secrets = secrets
        self._plugins = plugins

    async def run(self, text: str | bytes, order: ImportOrder) -> ImportResult:
        """Import, or keep the file for `confirm`."""
        result = _begun()
        try:
            file = await read_file(text, order.tenant_id, choices=order.choices)
            result = replace(result, imported_dsl_version=file.document.version)
            if pending(file):
                await self._keep(result.id, file, order)
                return replace(result, status="pending", warnings=file.warnings)
            return await self._carry_out(file, order, result)
        except LibraryError as error:
            return _failed(result, error)

    async def confirm(self, import_id: str, *, tenant_id: str, account_id: str) -> ImportResult:
        """Carry out a pending import of this workspace; the first of two callers does."""
        result = replace(_begun(), id=import_id)
        key = _pending_key(import_id)
        kept = await self._values.get(key)
        if kept is None or json.loads(kept)["order"]["tenant_id"] != tenant_id or await self._values.take(key) is None:
            return _failed(result, LibraryError("Import information expired or does not exist"))
        stored = json.loads(kept)
        choices = ImportChoices(**stored["order"].pop("choices"))
        order = ImportOrder(**{**stored["order"], "account_id": account_id}, choices=choices)
        try:
            file = await read_file(stored["text"], tenant_id, choices=choices)
            return await self._carry_out(file, order, replace(result, imported_dsl_version=file.document.version))
        except LibraryError as error:
            return _failed(result, error)

    async def _carry_out(self, file: AppFile, order: ImportOrder, result: ImportResult) -> ImportResult:
        app_id = order.app_id or uuid4_text()
        content = await self._sealed(file.content, order) if isinstance(file.content, GraphContent) else file.content

        async def unit(session: "AsyncSession") -> str:
            if order.app_id is None:
                await insert_app(
                    session, app_id, file.looks, file.mode, tenant_id=order.tenant_id, account_id=order.account_id
                )
                mode = file.mode
            else:
                mode = await _overwritten(session, app_id, file, order)
            await put_content(session, app_id, content, mode, tenant_id=order.tenant_id, account_id=order.account_id)
            await put_declared(session, app_id, declared_in(file.document))
            if order.publish and isinstance(content, GraphContent):
                await publish_draft(session, app_id, tenant_id=order.tenant_id, account_id=order.account_id)
            return mode

        mode = await self._database.write(unit)
        warnings = (*file.warnings, *await self._plugins.warnings(file.document, order.tenant_id))
        status = "completed" if file.document.status == "pending" else file.document.status.value
        return replace(result, status=status, app_id=app_id, app_mode=mode, warnings=warnings)

    async def _sealed(self, content: GraphContent, order: ImportOrder) -> Content:
        """The content with encrypted secrets; `[__HIDDEN__]` keeps what the overwritten draft has."""
        former: Variables = {}
        if order.app_id is not None:
            app_id, tenant_id = order.app_id, order.tenant_id
            draft = await self._database.read(lambda session: find_draft(session, app_id, tenant_id))
            former = {} if draft is None else await self._secrets.open(tenant_id, graph_of(draft).environment)
        environment = keep_secrets(content.environment, former, blank=False)
        return with_environment(content, await self._secrets.seal(order.tenant_id, environment))

    async def _keep(self, import_id: str, file: AppFile, order: ImportOrder) -> None:
        stored = {"text": file.document.source, "order": asdict(order)}
        await self._values.set(_pending_key(import_id), json.dumps(stored).encode(), ttl=PENDING_SECONDS)


async def _overwritten(session: "AsyncSession", app_id: str, file: AppFile, order: ImportOrder) -> str:
    """Change the looks of the app; returns its mode, which stays."""
    try:
        app = await the_app(session, app_id, order.tenant_id, lock=True)
    except AppNotFoundError:
        raise AppNotFoundError("App not found") from None
    if not record(app).has_graph:
        raise AppModeError(OVERWRITE_REFUSED)
    if not isinstance(file.content, GraphContent):
        raise ImportFailedError(f"the file holds a {file.mode} app, and {app['name']!r} is a {app['mode']} app")
    await change_app(session, app_id, order.tenant_id, {**file.looks, "updated_by": order.account_id})
    return str(app["mode"])


def _begun() -> ImportResult:
    return ImportResult(id=uuid4_text(), status="completed", current_dsl_version=APP_VERSION)


def _failed(result: ImportResult, error: LibraryError) -> ImportResult:
    problems = error.problems if isinstance(error, ImportFailedError) else ()
    return replace(result, status="failed", error=error.message, warnings=problems, imported_dsl_version="")


def _pending_key(import_id: str) -> str:
    return f"app_import_info:{import_id}"
