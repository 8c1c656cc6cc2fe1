"""Statements on the rows of an app; each is part of somebody's unit and names the workspace."""

import secrets
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from dify_database import utc_now, uuid4_text

from ..tables.apps import APP_MODEL_CONFIGS, APPS, INSTALLED_APPS, SITES
from ..tables.workflows import WORKFLOWS
from .api import AppRecord
from .content import Content, GraphContent
from .errors import AppNotFoundError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

DRAFT: Final = "draft"
"""The version of the workflow that is being worked on."""

LOOKS: Final = ("name", "description", "icon_type", "icon", "icon_background", "use_icon_as_answer_icon")
"""The columns of an app that a file says."""

_WORKFLOW_TYPES: Final = {"workflow": "workflow", "advanced-chat": "chat"}
_CODE_LETTERS: Final = string.ascii_letters + string.digits
_CODE_LENGTH: Final = 16


async def find_app(session: "AsyncSession", app_id: str, tenant_id: str, *, lock: bool = False) -> Any | None:
    """The row of the app, as a mapping; `lock` keeps others from changing it until the unit ends."""
    query = select(APPS).where(APPS.c.id == app_id, APPS.c.tenant_id == tenant_id)
    return (await session.execute(query.with_for_update() if lock else query)).mappings().first()


async def the_app(session: "AsyncSession", app_id: str, tenant_id: str, *, lock: bool = False) -> Any:
    """The row of the app, as a mapping; raises `AppNotFoundError`."""
    row = await find_app(session, app_id, tenant_id, lock=lock)
    if row is None:
        raise AppNotFoundError(f"the workspace has no app {app_id}", hint="`dify-runtime apps list` shows its apps")
    return row


def record(row: Mapping[str, Any]) -> AppRecord:
    """The app of a row."""
    return AppRecord(**{name: row[name] for name in AppRecord.__dataclass_fields__})


async def insert_app(
    session: "AsyncSession", app_id: str, looks: Mapping[str, Any], mode: str, *, tenant_id: str, account_id: str
) -> None:
    """A new app with its web app, open to both kinds of clients."""
    now = utc_now()
    made = {"created_by": account_id, "updated_by": account_id, "created_at": now, "updated_at": now}
    await session.execute(
        insert(APPS).values(
            id=app_id, tenant_id=tenant_id, mode=mode, enable_site=True, enable_api=True, **looks, **made
        )
    )
    await session.execute(
        insert(SITES).values(
            app_id=app_id,
            title=looks["name"],
            icon_type=looks["icon_type"],
            icon=looks["icon"],
            icon_background=looks["icon_background"],
            default_language="en-US",
            customize_token_strategy="not_allow",  # noqa: S106 - a strategy, no password
            code="".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH)),
            **made,
        )
    )
    await session.execute(
        insert(INSTALLED_APPS).values(tenant_id=tenant_id, app_id=app_id, app_owner_tenant_id=tenant_id)
    )


async def change_app(session: "AsyncSession", app_id: str, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of an app."""
    await session.execute(
        update(APPS).where(APPS.c.id == app_id, APPS.c.tenant_id == tenant_id).values(updated_at=utc_now(), **values)
    )


async def put_content(
    session: "AsyncSession", app_id: str, content: Content, mode: str, *, tenant_id: str, account_id: str
) -> None:
    """Make `content`, its secrets encrypted, the draft of the app, or its model configuration."""
    if isinstance(content, GraphContent):
        await _put_draft(session, app_id, content, mode, tenant_id=tenant_id, account_id=account_id)
        return
    config_id, now = uuid4_text(), utc_now()
    made = {"created_by": account_id, "updated_by": account_id, "created_at": now, "updated_at": now}
    await session.execute(
        insert(APP_MODEL_CONFIGS).values(id=config_id, app_id=app_id, **made, **_given(content.columns()))
    )
    await change_app(session, app_id, tenant_id, {"app_model_config_id": config_id, "updated_by": account_id})


async def _put_draft(
    session: "AsyncSession", app_id: str, content: GraphContent, mode: str, *, tenant_id: str, account_id: str
) -> None:
    now = utc_now()
    changed = (
        update(WORKFLOWS)
        .where(WORKFLOWS.c.tenant_id == tenant_id, WORKFLOWS.c.app_id == app_id, WORKFLOWS.c.version == DRAFT)
        .values(updated_by=account_id, updated_at=now, **content.columns())
    )
    if (await session.execute(changed.returning(WORKFLOWS.c.id))).first() is None:
        await session.execute(
            insert(WORKFLOWS).values(
                tenant_id=tenant_id,
                app_id=app_id,
                type=_WORKFLOW_TYPES[mode],
                version=DRAFT,
                created_by=account_id,
                created_at=now,
                updated_at=now,
                **content.columns(),
            )
        )


def _given(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is absent, so that the columns' own defaults hold."""
    return {name: value for name, value in columns.items() if value is not None}
