"""Uploads that messages of an app refer to."""

from sqlalchemy import select

from dify_database import Database
from dify_files import Files, UploadedFile
from dify_files.tables import UPLOAD_FILES
from dify_runtime_sdk.http import Forbidden, NotFound

from ..api import App
from ..tables.messages import MESSAGE_FILES, MESSAGES
from .queries import rows_of


class AttachmentNotFound(NotFound):
    """404: no message refers to such a file."""

    code = "file_not_found"
    default_message = "The requested file was not found."


class AttachmentDenied(Forbidden):
    """403: only messages of other apps of the workspace refer to the file."""

    code = "file_access_denied"
    default_message = "Access to the requested file is denied."


async def attachment_of(database: Database, files: Files, app: App, file_id: str) -> UploadedFile:
    """The upload, if a message of the app refers to it; raises `AttachmentNotFound` and `AttachmentDenied`.

    Of a file of another workspace nothing is said, not even that it is there.
    """
    query = (
        select(MESSAGES.c.app_id)
        .distinct()
        .join(MESSAGE_FILES, MESSAGE_FILES.c.message_id == MESSAGES.c.id)
        .join(UPLOAD_FILES, UPLOAD_FILES.c.id == MESSAGE_FILES.c.upload_file_id)
        .where(MESSAGE_FILES.c.upload_file_id == file_id, UPLOAD_FILES.c.tenant_id == app.tenant_id)
    )
    apps = {row.app_id for row in await rows_of(database, query)}
    if not apps:
        raise AttachmentNotFound("File not found in message context")
    if app.id not in apps:
        raise AttachmentDenied
    file = await files.get(file_id, tenant_id=app.tenant_id)
    if file is None:
        raise AttachmentNotFound
    return file
