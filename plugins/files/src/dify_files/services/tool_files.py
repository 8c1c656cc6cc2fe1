"""Files that tools, nodes and plugins make: the service `ToolFiles`."""

import uuid
from collections.abc import AsyncIterator
from typing import Final

from dify_database import uuid4_text

from ..api import ToolFile
from ..domain.kinds import ANY_TYPE, guessed_extension, guessed_type, media_type
from ..domain.names import extension_of, harmless_name
from .links import Links
from .objects import Measured, Objects
from .rows import FileRows, is_id

_NOBODY: Final = str(uuid.UUID(int=0))
"""The user of what was made for nobody in particular; the column takes no null."""


class ToolFilesService:
    """The service `ToolFiles`."""

    def __init__(self, rows: FileRows, objects: Objects, links: Links, *, limit: int) -> None:
        """`limit` bounds the bytes of one file."""
        self._rows = rows
        self._objects = objects
        self._links = links
        self._limit = limit

    async def store(
        self,
        content: AsyncIterator[bytes],
        *,
        filename: str | None,
        mime_type: str | None,
        tenant_id: str,
        user_id: str | None = None,
        conversation_id: str | None = None,
    ) -> ToolFile:
        """Keep a file."""
        unique = uuid.uuid4().hex
        name, kind, suffix = _named(filename, mime_type, unique)
        measured = Measured(content, self._limit)
        key = f"tools/{tenant_id}/{unique}{suffix}"
        async with self._objects.written(key, measured):
            file = ToolFile(
                id=uuid4_text(),
                tenant_id=tenant_id,
                user_id=user_id if user_id and is_id(user_id) else _NOBODY,
                conversation_id=conversation_id,
                name=name,
                size=measured.size,
                mime_type=kind,
                key=key,
            )
            await self._rows.add(_values(file), tool=True)
        return file

    async def get(self, file_id: str, *, tenant_id: str) -> ToolFile | None:
        """The file by id."""
        return await self._rows.tool_file(file_id, tenant_id=tenant_id)

    async def open(self, file: ToolFile, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content, or a part of it, in pieces."""
        return await self._objects.opened(file.key, start=start, length=length)

    def upload_url(self, *, filename: str, mime_type: str, tenant_id: str, user_id: str) -> str:
        """A signed URL to which a plugin can upload one file of this name and type."""
        return self._links.plugin_upload(filename=filename, mime_type=mime_type, tenant_id=tenant_id, user_id=user_id)


def _named(filename: str | None, mime_type: str | None, unique: str) -> tuple[str, str, str]:
    """A name, a type, and the end of the key, made up from each other where they are missing."""
    name = harmless_name(filename or "")
    kind = media_type(mime_type) or guessed_type(name) or ANY_TYPE
    extension = extension_of(name) or (guessed_extension(kind) or ".bin")[1:]
    safe = extension if extension.isalnum() and extension.isascii() else "bin"
    return name or f"{unique}.{safe}", kind, f".{safe}"


def _values(file: ToolFile) -> dict[str, object]:
    return {
        "id": file.id,
        "tenant_id": file.tenant_id,
        "user_id": file.user_id,
        "conversation_id": file.conversation_id,
        "name": file.name,
        "size": file.size,
        "mimetype": file.mime_type,
        "file_key": file.key,
    }
