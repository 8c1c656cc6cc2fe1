"""The end of an app."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, Table, delete, select, tuple_

from dify_accounts import ApiKeys, KeyType
from dify_database import Database

from ..tables import METADATA
from ..tables.apps import APP_MODEL_CONFIGS, APPS, INSTALLED_APPS, SITES, TAG_BINDINGS
from ..tables.messages import MESSAGE_AGENT_THOUGHTS, MESSAGE_FILES, MESSAGES
from ..tables.workflows import WORKFLOWS
from .rows import the_app

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_BATCH: Final = 500
"""Rows that one unit deletes at most, so that it does not keep others from writing for long."""

_ITSELF: Final = (APP_MODEL_CONFIGS, INSTALLED_APPS, SITES, WORKFLOWS)


async def delete_app(database: Database, keys: ApiKeys, app_id: str, tenant_id: str) -> None:
    """Delete the app, so that nobody finds it any more, then its keys, then what it left behind."""

    async def unit(session: "AsyncSession") -> None:
        await the_app(session, app_id, tenant_id, lock=True)
        for table in _ITSELF:
            await session.execute(delete(table).where(table.c.app_id == app_id))
        await session.execute(delete(TAG_BINDINGS).where(TAG_BINDINGS.c.target_id == app_id))
        await session.execute(delete(APPS).where(APPS.c.id == app_id, APPS.c.tenant_id == tenant_id))

    await database.write(unit)
    for key in await keys.list(KeyType.APP, tenant_id=tenant_id, app_id=app_id):
        await keys.revoke(key.id, tenant_id=tenant_id)
    of_messages = select(MESSAGES.c.id).where(MESSAGES.c.app_id == app_id)
    for table in (MESSAGE_FILES, MESSAGE_AGENT_THOUGHTS):
        await _delete_all(database, table, table.c.message_id.in_(of_messages))
    for table in METADATA.sorted_tables:
        if "app_id" in table.c and table not in _ITSELF:
            await _delete_all(database, table, table.c.app_id == app_id)


async def _delete_all(database: Database, table: Table, condition: Any) -> None:
    primary = list(table.primary_key.columns)
    batch: Select[Any] = select(*primary).where(condition).limit(_BATCH)
    statement = delete(table).where(tuple_(*primary).in_(batch))

    async def unit(session: "AsyncSession") -> int:
        return len((await session.execute(statement.returning(*primary))).all())

    while await database.write(unit) == _BATCH:
        pass
