"""Copies of apps."""

from typing import TYPE_CHECKING

from dify_database import Database, uuid4_text

from .api import AppRecord, ImportChoices
from .dependencies import find_declared, put_declared
from .drafts import content_to_export
from .rows import LOOKS, insert_app, put_content, record, the_app

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def copy_app(
    database: Database, app_id: str, choices: ImportChoices, *, tenant_id: str, account_id: str
) -> AppRecord:
    """A new app with the same draft or configuration; its secrets stay encrypted, for it is the same workspace's."""
    copy_id = uuid4_text()

    async def unit(session: "AsyncSession") -> AppRecord:
        app = await the_app(session, app_id, tenant_id)
        content = await content_to_export(session, app, None)
        looks = {name: app[name] for name in LOOKS} | chosen(choices)
        await insert_app(session, copy_id, looks, app["mode"], tenant_id=tenant_id, account_id=account_id)
        await put_content(session, copy_id, content, app["mode"], tenant_id=tenant_id, account_id=account_id)
        await put_declared(session, copy_id, await find_declared(session, app_id))
        return record(await the_app(session, copy_id, tenant_id))

    return await database.write(unit)


def chosen(choices: ImportChoices) -> dict[str, str]:
    """The columns that were chosen."""
    values = {name: getattr(choices, name) for name in ImportChoices.__dataclass_fields__}
    return {name: value for name, value in values.items() if value is not None}
