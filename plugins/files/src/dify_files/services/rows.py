"""Rows of files, and what the API makes of them."""

import uuid
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import Select, insert, literal, null, select, type_coerce, union_all

from dify_database import Database
from dify_database.types import LongText, UtcTime

from ..api import ToolFile, UploadedFile
from ..tables import TOOL_FILES, UPLOAD_FILES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_UPLOAD: Final = tuple(UPLOAD_FILES.c[name] for name in UploadedFile.__dataclass_fields__)
_TOOL: Final = tuple(TOOL_FILES.c)

type FileRow = UploadedFile | ToolFile


class FileRows:
    """Reads and writes rows. Every look-up but `granted_*` names the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def upload(self, file_id: str, *, tenant_id: str) -> UploadedFile | None:
        """An upload of a tenant."""
        if not is_id(file_id, tenant_id):
            return None
        return await self._upload(select(*_UPLOAD).where(_is_upload(file_id), UPLOAD_FILES.c.tenant_id == tenant_id))

    async def granted_upload(self, file_id: str) -> UploadedFile | None:
        """An upload of any tenant: for holders of a link whose signature was checked."""
        return await self._upload(select(*_UPLOAD).where(_is_upload(file_id)))

    async def tool_file(self, file_id: str, *, tenant_id: str) -> ToolFile | None:
        """A tool's file of a tenant."""
        if not is_id(file_id, tenant_id):
            return None
        return await self._tool_file(select(*_TOOL).where(_is_tool(file_id), TOOL_FILES.c.tenant_id == tenant_id))

    async def granted_tool_file(self, file_id: str) -> ToolFile | None:
        """A tool's file of any tenant: for holders of a link whose signature was checked."""
        return await self._tool_file(select(*_TOOL).where(_is_tool(file_id)))

    async def several(
        self, uploads: Collection[str], tool_files: Collection[str], *, tenant_id: str
    ) -> tuple[Mapping[str, UploadedFile], Mapping[str, ToolFile]]:
        """Uploads and tools' files of a tenant by id, with one statement."""
        wanted: list[Select[Any]] = []
        if uploads:
            wanted.append(_common_upload().where(UPLOAD_FILES.c.id.in_(uploads), UPLOAD_FILES.c.tenant_id == tenant_id))
        if tool_files:
            wanted.append(_common_tool().where(TOOL_FILES.c.id.in_(tool_files), TOOL_FILES.c.tenant_id == tenant_id))
        if not wanted:
            return {}, {}
        query = wanted[0] if len(wanted) == 1 else union_all(*wanted)

        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query)).all()

        found = [_of_common(row) for row in await self._database.read(unit)]
        return (
            {file.id: file for file in found if isinstance(file, UploadedFile)},
            {file.id: file for file in found if isinstance(file, ToolFile)},
        )

    async def add(self, values: Mapping[str, Any], *, tool: bool = False) -> None:
        """Write a row."""
        statement = insert(TOOL_FILES if tool else UPLOAD_FILES).values(**values)

        async def unit(session: "AsyncSession") -> None:
            await session.execute(statement)

        await self._database.write(unit)

    async def _upload(self, query: Select[Any]) -> UploadedFile | None:
        row = await self._first(query)
        return None if row is None else UploadedFile(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name

    async def _tool_file(self, query: Select[Any]) -> ToolFile | None:
        row = await self._first(query)
        return None if row is None else _tool(row)

    async def _first(self, query: Select[Any]) -> Any:
        async def unit(session: "AsyncSession") -> Any:
            return (await session.execute(query)).first()

        return await self._database.read(unit)


def is_id(*texts: object) -> bool:
    """Whether all are the text of UUIDs, as the columns of ids want them."""
    try:
        for text in texts:
            uuid.UUID(cast("str", text))
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def _is_upload(file_id: str) -> Any:
    return UPLOAD_FILES.c.id == file_id


def _is_tool(file_id: str) -> Any:
    return TOOL_FILES.c.id == file_id


def _tool(row: Any) -> ToolFile:
    return ToolFile(
        id=row.id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        conversation_id=row.conversation_id,
        name=row.name,
        size=row.size,
        mime_type=row.mimetype,
        key=row.file_key,
        original_url=row.original_url,
    )


def _common_upload() -> Select[Any]:
    """Both tables in the columns of uploads; the user of a tool's file is in the place of the creator."""
    return select(literal(0).label("tool"), *_UPLOAD)


def _common_tool() -> Select[Any]:
    tool = TOOL_FILES.c
    return select(
        literal(1).label("tool"),
        tool.id,
        tool.tenant_id,
        tool.name,
        tool.size,
        literal("").label("extension"),
        tool.mimetype.label("mime_type"),
        tool.file_key.label("key"),
        literal("").label("created_by_role"),
        tool.user_id.label("created_by"),
        type_coerce(null(), UtcTime).label("created_at"),
        type_coerce(tool.original_url, LongText).label("source_url"),
    )


def _of_common(row: Any) -> FileRow:
    if not row.tool:
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        del values["tool"]
        return UploadedFile(**values)
    return ToolFile(
        id=row.id,
        tenant_id=row.tenant_id,
        user_id=row.created_by,
        conversation_id=None,
        name=row.name,
        size=row.size,
        mime_type=row.mime_type,
        key=row.key,
        original_url=row.source_url or None,
    )
