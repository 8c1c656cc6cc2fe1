"""The service `AppLibrary`: apps as things that are made, changed, published and taken along.

Ids are UUID texts, times naive UTC. Every operation names the workspace: an app of another one is not found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from ..api import ImportResult

type FileOutcome = Literal["created", "updated", "unchanged"]
"""What became of an app when its file was applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRecord:
    """An app as lists show it; `workflow_id` is the published version, None before the first one."""

    id: str
    tenant_id: str
    name: str
    description: str
    mode: str
    icon_type: str | None
    icon: str | None
    icon_background: str | None
    use_icon_as_answer_icon: bool
    enable_site: bool
    enable_api: bool
    max_active_requests: int | None
    app_model_config_id: str | None
    workflow_id: str | None
    created_by: str | None
    created_at: datetime
    updated_by: str | None
    updated_at: datetime

    @property
    def has_graph(self) -> bool:
        """Whether a workflow, and not a model configuration, makes the app."""
        return self.mode in {"workflow", "advanced-chat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppVersion:
    """One version of what an app does: of its workflow, or of its model configuration, which has no draft."""

    id: str
    version: str
    """`draft`, or the time at which it was published."""
    marked_name: str
    marked_comment: str
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    served: bool
    """Whether clients get this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChoices:
    """What takes the place of the file's own values; None leaves them."""

    name: str | None = None
    description: str | None = None
    icon_type: str | None = None
    icon: str | None = None
    icon_background: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """An app after its file was applied."""

    app: AppRecord
    outcome: FileOutcome
    warnings: Sequence[str] = ()


class AppLibrary(Protocol):
    """Apps of a workspace. `account_id` is who does it, as rows name them.

    Raises `AppNotFoundError` for an app that the workspace has not, unless a method says otherwise. Each change is one
    unit of the database: all of it happens, or nothing.
    """

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
        """Make an app from a file, or with `app_id` put the file in the place of that app's draft.

        Never raises for what is wrong with the file: the result says it (`failed`). A file of a newer version is
        `pending`: kept for ten minutes, for `confirm_import`. `publish` publishes the draft in the same unit.
        """
        ...

    async def confirm_import(self, import_id: str, *, tenant_id: str, account_id: str) -> ImportResult:
        """Carry out a pending import, once; `failed` when there is none, or no more."""
        ...

    async def apply_file(self, text: str | bytes, *, key: str, tenant_id: str, account_id: str) -> ServedFile:
        """Make the app of the file `key` what the file says, and publish it; nothing when it is that already.

        The app's id follows from the workspace and `key`, so that the same file is always the same app, in any process.
        A secret that is blank in the file keeps the stored value. Raises `ImportFailedError` for a file that cannot be
        used, and `AppModeError` when its mode is no longer that of the app.
        """
        ...

    async def get(self, app_id: str, *, tenant_id: str) -> AppRecord:
        """The app."""
        ...

    async def update(self, app_id: str, choices: ImportChoices, *, tenant_id: str, account_id: str) -> AppRecord:
        """Change name, description or icon; what is None stays."""
        ...

    async def set_enabled(
        self, app_id: str, *, tenant_id: str, account_id: str, api: bool | None = None, site: bool | None = None
    ) -> AppRecord:
        """Open or close the Service API or the web app of an app; None leaves it."""
        ...

    async def delete(self, app_id: str, *, tenant_id: str) -> None:
        """Delete the app with its keys; its conversations and runs follow, in batches, before this returns."""
        ...

    async def copy(
        self, app_id: str, *, tenant_id: str, account_id: str, choices: ImportChoices | None = None
    ) -> AppRecord:
        """A new app with the same configuration or draft, secrets included; of a workflow nothing is published."""
        ...

    async def export(
        self, app_id: str, *, tenant_id: str, include_secrets: bool = False, version_id: str | None = None
    ) -> str:
        """The app as a file: of a workflow the draft, or the version named. Secrets are blank unless asked for.

        `dependencies` has the plugins that the app names, with the versions that its file declared.
        """
        ...

    async def leaked_dependencies(self, app_id: str, *, tenant_id: str) -> Sequence[Mapping[str, Any]]:
        """The entries of `dependencies` whose models, tools or strategies cannot be used here, as Dify names them."""
        ...

    async def diff(self, app_id: str, text: str | bytes, *, tenant_id: str) -> str:
        """What the file would change in what is served, as a unified diff; empty when nothing. Shows no secrets.

        Raises `ImportFailedError` for a file that cannot be used.
        """
        ...

    async def publish(
        self, app_id: str, *, tenant_id: str, account_id: str, name: str = "", comment: str = ""
    ) -> AppVersion:
        """Make the draft the version that clients get; raises `NothingToPublishError` and `AppModeError`."""
        ...

    async def versions(self, app_id: str, *, tenant_id: str, limit: int = 100, offset: int = 0) -> "list[AppVersion]":
        """The versions, the newest first, and the draft before them."""
        ...

    async def restore(self, version_id: str, *, app_id: str, tenant_id: str, account_id: str) -> None:
        """Put a version in the place of the draft; a model configuration is served at once.

        Raises `VersionNotFoundError`.
        """
        ...

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
        """Name or comment a version of a workflow; raises `VersionNotFoundError`."""
        ...

    async def delete_version(self, version_id: str, *, app_id: str, tenant_id: str) -> None:
        """Delete a version of a workflow; raises `VersionNotFoundError` and `VersionInUseError`."""
        ...

    async def list(
        self, *, tenant_id: str, mode: str | None = None, name: str | None = None, limit: int = 100, offset: int = 0
    ) -> "list[AppRecord]":
        """The apps, the newest first; `name` is a part of the name."""
        ...
