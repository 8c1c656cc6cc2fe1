"""Logos of workspaces' web apps."""

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from dify_accounts.tables import TENANTS
from dify_database import Database

from ..api import Files, UploadedFile
from ..domain.kinds import kind_of
from .rows import is_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def find_logo(database: Database, files: Files, tenant_id: str) -> UploadedFile | None:
    """The image that a workspace put in place of the logo, None without one; a file of another workspace is none."""
    query = select(TENANTS.c.custom_config).where(TENANTS.c.id == tenant_id)

    async def unit(session: "AsyncSession") -> str | None:
        return await session.scalar(query)

    file_id = _chosen(await database.read(unit))
    if not is_id(file_id):
        return None
    file = await files.get(str(file_id), tenant_id=tenant_id)
    return file if file is not None and kind_of(file.extension, file.mime_type) == "image" else None


def _chosen(custom_config: str | None) -> object:
    try:
        config = json.loads(custom_config or "{}")
    except ValueError:
        return None
    return config.get("replace_webapp_logo") if isinstance(config, dict) else None
