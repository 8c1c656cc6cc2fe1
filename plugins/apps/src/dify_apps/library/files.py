"""Files that are apps: each is one app, by an id that follows from the workspace and the file's name."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import IntegrityError

from dify_database import Database

from .api import AppRecord, FileOutcome, ServedFile
from .app_files import file_app_id
from .content import Content, GraphContent, with_environment
from .dependencies import declared_in, put_declared
from .drafts import served_content
from .errors import AppModeError, LibraryError
from .plugins_used import PluginCheck
from .publishing import publish_draft
from .reading_files import AppFile, read_file
from .rows import LOOKS, change_app, find_app, insert_app, put_content, record, the_app
from .variables import SecretVariables, keep_secrets

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class _State:
    """An app as it was seen before it is changed; `content` has plain secrets."""

    app: AppRecord | None = None
    content: Content | None = None

    @property
    def stamp(self) -> tuple[object, ...] | None:
        """Differs when somebody else has changed what is compared here."""
        return None if self.app is None else _stamp(self.app)


class _ChangedMeanwhileError(Exception):
    """Somebody else changed the app between look and change."""


class FileApplier:
    """Makes apps what their files say."""

    def __init__(self, database: Database, secrets: SecretVariables, plugins: PluginCheck) -> None:
        self._database = database
        self._secrets = secrets
        self._plugins = plugins

    async def apply(self, text: str | bytes, *, key: str, tenant_id: str, account_id: str) -> ServedFile:
        """Create, update or leave the app of the file `key`."""
        app_id = file_app_id(key, tenant_id)
        file = await read_file(text, tenant_id, default_name=PurePosixPath(key).stem)
        for _ in range(_ATTEMPTS):
            try:
                app, outcome = await self._attempt(file, app_id, tenant_id, account_id)
            except (_ChangedMeanwhileError, IntegrityError):
                continue
            warnings = (*file.warnings, *await self._plugins.warnings(file.document, tenant_id))
            return ServedFile(app=app, outcome=outcome, warnings=warnings)
        raise LibraryError(f"the app of the file {key} is changed all the time by somebody else", hint="try again")

    async def _attempt(
        self, file: AppFile, app_id: str, tenant_id: str, account_id: str
    ) -> tuple[AppRecord, FileOutcome]:
        state = await self._state(app_id, tenant_id)
        content = _wanted(file.content, state.content)
        if state.app is not None:
            if state.app.mode != file.mode:
                raise AppModeError(
                    f"the file now holds a {file.mode} app, and its app {app_id} is a {state.app.mode} app",
                    hint=f"`dify-runtime apps delete {app_id}`, or give the file another name",
                )
            if _same(content, state.content) and all(getattr(state.app, name) == file.looks[name] for name in LOOKS):
                return state.app, "unchanged"
        sealed = await self._seal(tenant_id, content)

        async def unit(session: "AsyncSession") -> AppRecord:
            row = await find_app(session, app_id, tenant_id, lock=True)
            if (None if row is None else _stamp(record(row))) != state.stamp:
                raise _ChangedMeanwhileError
            await _write(session, app_id, file, sealed, row, tenant_id=tenant_id, account_id=account_id)
            return record(await the_app(session, app_id, tenant_id))

        app = await self._database.write(unit)
        return app, "created" if state.app is None else "updated"

    async def _state(self, app_id: str, tenant_id: str) -> _State:
        async def unit(session: "AsyncSession") -> _State:
            app = await find_app(session, app_id, tenant_id)
            return _State() if app is None else _State(record(app), await served_content(session, app))

        state = await self._database.read(unit, snapshot=True)
        if not isinstance(state.content, GraphContent):
            return state
        opened = await self._secrets.open(tenant_id, state.content.environment)
        return _State(state.app, with_environment(state.content, opened))

    async def _seal(self, tenant_id: str, content: Content) -> Content:
        if not isinstance(content, GraphContent):
            return content
        return with_environment(content, await self._secrets.seal(tenant_id, content.environment))


async def _write(
    session: "AsyncSession", app_id: str, file: AppFile, content: Content, row: Any, *, tenant_id: str, account_id: str
) -> None:
    if row is None:
        await insert_app(session, app_id, file.looks, file.mode, tenant_id=tenant_id, account_id=account_id)
    else:
        await change_app(session, app_id, tenant_id, {**file.looks, "updated_by": account_id})
    await put_content(session, app_id, content, file.mode, tenant_id=tenant_id, account_id=account_id)
    await put_declared(session, app_id, declared_in(file.document))
    if isinstance(content, GraphContent):
        await publish_draft(session, app_id, tenant_id=tenant_id, account_id=account_id)


def _wanted(content: Content, former: Content | None) -> Content:
    """What the file says, with the stored value of each secret that it leaves blank."""
    if not isinstance(content, GraphContent) or not isinstance(former, GraphContent):
        return content
    return with_environment(content, keep_secrets(content.environment, former.environment, blank=True))


def _same(content: Content, former: Content | None) -> bool:
    """Whether a run would see no difference: an absent value is its default."""
    return type(content) is type(former) and former is not None and content.section() == former.section()


def _stamp(app: AppRecord) -> tuple[object, ...]:
    return (app.workflow_id, app.app_model_config_id, *(getattr(app, name) for name in LOOKS))
