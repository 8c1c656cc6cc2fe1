"""Files that messages refer to."""

import uuid
from typing import Any

from pydantic import BaseModel

from dify_database import Database
from dify_files import FileLost, Files
from dify_files.answers import file_answer
from dify_runtime_sdk.http import RequestContext, Routes

from ...services.message_attachments import AttachmentDenied, AttachmentNotFound, attachment_of
from .calling import app_of

routes = Routes("service", tag="Files")


class FilePreviewQuery(BaseModel):
    """How to send a file; `user` changes nothing."""

    user: str | None = None
    as_attachment: bool = False


@routes.get(
    "/files/<uuid:file_id>/preview",
    summary="A file of a message",
    timeout=0,
    errors=(AttachmentNotFound, AttachmentDenied, FileLost),
)
async def preview(context: RequestContext, file_id: uuid.UUID, query: FilePreviewQuery) -> Any:
    """The content of an upload that a message of the app refers to."""
    app = await app_of(context)
    services = context.runtime.services
    files = await services.get(Files)
    file = await attachment_of(await services.get(Database), files, app, str(file_id))
    return await file_answer(
        context.request,
        lambda start, length: files.open(file, start=start, length=length),
        name=file.name,
        mime_type=file.mime_type,
        size=file.size,
        as_attachment=query.as_attachment,
        headers={"Cache-Control": "public, max-age=3600"},
    )
