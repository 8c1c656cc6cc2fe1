"""Uploads: the service `Files`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

from dify_database import utc_now, uuid4_text
from dify_runtime_sdk.workflow import File

from ..api import Creator, CreatorLater, FileRules, UploadedFile
from ..domain.kinds import SizeLimits, media_type
from ..domain.names import checked_name
from ..errors import UnsupportedFileType
from .inputs import Inputs
from .links import Links
from .objects import Measured, Objects
from .rows import FileRows

_STORAGE_TYPE: Final = "opendal"
"""What the column says that Dify fills with its default storage; nothing reads it."""


class FilesService:
    """The service `Files`."""

    def __init__(
        self,
        rows: FileRows,
        objects: Objects,
        links: Links,
        inputs: Inputs,
        *,
        limits: SizeLimits,
        blocked: AbstractSet[str] = frozenset(),
    ) -> None:
        """`blocked` are the extensions that are refused."""
        self._rows = rows
        self._objects = objects
        self._links = links
        self._inputs = inputs
        self._limits = limits
        self._blocked = blocked

    async def upload(
        self,
        content: AsyncIterator[bytes],
        *,
        filename: str,
        mime_type: str | None,
        tenant_id: str,
        creator: Creator | CreatorLater,
    ) -> UploadedFile:
        """Store an upload."""
        name = checked_name(filename, blocked=self._blocked)
        declared = media_type(mime_type)
        if declared is None:
            raise UnsupportedFileType
        measured = Measured(content, self._limits.for_extension(name.extension))
        key = f"upload_files/{tenant_id}/{uuid4_text()}{name.suffix}"
        async with self._objects.written(key, measured):
            by = creator if isinstance(creator, Creator) else await creator()
            file = UploadedFile(
                id=uuid4_text(),
                tenant_id=tenant_id,
                name=name.name,
                size=measured.size,
                extension=name.extension,
                mime_type=declared,
                key=key,
                created_by_role=by.role,
                created_by=by.id,
                created_at=utc_now(),
            )
            await self._rows.add(_values(file) | {"hash": measured.digest, "storage_type": _STORAGE_TYPE})
        return file

    async def get(self, file_id: str, *, tenant_id: str) -> UploadedFile | None:
        """The upload by id."""
        return await self._rows.upload(file_id, tenant_id=tenant_id)

    async def open(self, file: UploadedFile, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content, or a part of it, in pieces."""
        return await self._objects.opened(file.key, start=start, length=length)

    def preview_url(self, file_id: str, *, as_attachment: bool = False, internal: bool = False) -> str:
        """A signed URL of an upload."""
        return self._links.preview(file_id, as_attachment=as_attachment, internal=internal)

    def tool_file_url(self, file_id: str, extension: str, *, internal: bool = False) -> str:
        """A signed URL of a file that a tool made."""
        return self._links.tool_file(file_id, extension, internal=internal)

    async def inputs(
        self, mappings: Sequence[Mapping[str, Any]], *, rules: FileRules, tenant_id: str, strict_type: bool = False
    ) -> list[File]:
        """The files that a client's input names."""
        return await self._inputs.read(mappings, rules=rules, tenant_id=tenant_id, strict_type=strict_type)

    def resign(self, files: Sequence[File]) -> list[File]:
        """The same files with fresh URLs."""
        return [replace(file, url=self._links.of(file)) for file in files]


def _values(file: UploadedFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in UploadedFile.__dataclass_fields__}
