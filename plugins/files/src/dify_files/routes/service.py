"""Files of the Service API."""

from dify_accounts import EndUsers
from dify_runtime_sdk.http import InvalidParam, RequestContext, Routes, Unauthorized

from ..api import Creator, Files, UploadGate
from ..domain.kinds import SizeLimits
from ..errors import (
    FileExtensionBlocked,
    FilenameMissing,
    FilesUnavailable,
    FileTooLarge,
    InvalidFilename,
    NoFileUploaded,
    TooManyFiles,
    UnsupportedFileType,
)
from ..forms import MARGIN, UploadForm
from ..settings import FilesSettings
from .records import FileRecord, absolute, record_of_upload

_ERRORS = (
    NoFileUploaded,
    TooManyFiles,
    FilenameMissing,
    InvalidFilename,
    FileTooLarge,
    UnsupportedFileType,
    FilesUnavailable,
)


async def upload_file(context: RequestContext) -> FileRecord:
    """Store the one file of a form, for the end user that its field `user` names."""
    identity = context.identity
    if identity is None or identity.tenant_id is None or identity.app_id is None:
        raise Unauthorized("Access token is invalid")  # a dataset key opens no app
    tenant_id, app_id = identity.tenant_id, identity.app_id
    if context.runtime.services.offered(UploadGate):
        await (await context.runtime.services.get(UploadGate)).check(context)
    files = await context.runtime.services.get(Files)
    async with UploadForm(context.request) as form:
        await form.open()

        async def creator() -> Creator:
            await form.finish()
            users = await context.runtime.services.get(EndUsers)
            user = await users.resolve(tenant_id=tenant_id, app_id=app_id, session_id=form.fields.get("user"))
            return Creator(role="end_user", id=user.id)

        try:
            file = await files.upload(
                form.content(),
                filename=form.filename,
                mime_type=form.mime_type,
                tenant_id=tenant_id,
                creator=creator,
            )
        except FileExtensionBlocked as error:
            raise InvalidParam(error.message) from error  # the code of this group, as its description has it
    return record_of_upload(file, absolute(context.request, files.preview_url(file.id)))


def service_routes(settings: FilesSettings) -> Routes:
    """The routes; the body may be as large as the largest file, whose kind sets the limit of each."""
    routes = Routes("service", tag="Files")
    limit = SizeLimits.of(settings).largest + MARGIN
    routes.add(
        "POST", "/files/upload", upload_file, summary="Upload a file", status=201, errors=_ERRORS, max_body=limit
    )
    return routes
