"""The record of a file as answers show it."""

import calendar
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ..api import ToolFile, UploadedFile

if TYPE_CHECKING:
    from quart import Request


class FileRecord(BaseModel):
    """A stored file; `size` is bytes, `created_at` Unix time."""

    id: str
    name: str
    size: int
    extension: str | None = None
    mime_type: str | None = None
    created_by: str | None = None
    created_at: int | None = None
    preview_url: str | None = None
    source_url: str | None = None
    original_url: str | None = None
    user_id: str | None = None
    tenant_id: str | None = None
    conversation_id: str | None = None
    file_key: str | None = None


def absolute(request: "Request", url: str) -> str:
    """A link with an address: where none is set, that at which the client reached this server."""
    return f"{request.host_url.rstrip('/')}{url}" if url.startswith("/") else url


def record_of_upload(file: UploadedFile, source_url: str) -> FileRecord:
    """The record of an upload."""
    return FileRecord(
        id=file.id,
        name=file.name,
        size=file.size,
        extension=file.extension,
        mime_type=file.mime_type,
        created_by=file.created_by,
        created_at=calendar.timegm(file.created_at.timetuple()),
        source_url=source_url,
        tenant_id=file.tenant_id,
    )


def record_of_tool_file(file: ToolFile, extension: str, preview_url: str) -> FileRecord:
    """The record of a file that a plugin made; `extension` with its dot."""
    return FileRecord(
        id=file.id,
        name=file.name,
        size=file.size,
        extension=extension,
        mime_type=file.mime_type,
        preview_url=preview_url,
        original_url=file.original_url,
        user_id=file.user_id,
        tenant_id=file.tenant_id,
        conversation_id=file.conversation_id,
        file_key=file.key,
    )
