"""The group `files`: whoever has a signed link may do what it says."""

from uuid import UUID

from pydantic import BaseModel
from quart import Response

from dify_database import Database
from dify_runtime_sdk.http import Forbidden, NotFound, RequestContext, Routes
from dify_runtime_sdk.secrets import InvalidSignatureError

from ..answers import file_answer
from ..api import Files, ToolFile, ToolFiles, UploadedFile
from ..domain.kinds import SizeLimits
from ..domain.names import extension_of
from ..errors import (
    FileLost,
    FilesUnavailable,
    FileTooLarge,
    NoFileUploaded,
    TooManyFiles,
    UnsupportedFileType,
)
from ..forms import MARGIN, UploadForm
from ..services.granted import GrantedFiles, Signature
from ..settings import FilesSettings
from .records import FileRecord, absolute, record_of_tool_file


class SignedQuery(BaseModel):
    """The query of a signed link."""

    timestamp: str
    nonce: str
    sign: str

    @property
    def signature(self) -> Signature:
        """What is to be checked."""
        return Signature(self.timestamp, self.nonce, self.sign)


class PreviewQuery(SignedQuery):
    """The query of a link to a file."""

    as_attachment: bool = False


class UploadQuery(SignedQuery):
    """The query of a link to which a plugin uploads."""

    tenant_id: str
    user_id: str = ""


async def file_preview(context: RequestContext, file_id: UUID, query: PreviewQuery) -> Response:
    """An upload."""
    granted = await context.runtime.services.get(GrantedFiles)
    try:
        file = await granted.upload(str(file_id), query.signature)
    except InvalidSignatureError as error:
        raise NotFound("File not found or signature is invalid") from error
    return await _answer_upload(context, file, as_attachment=query.as_attachment)


async def image_preview(context: RequestContext, file_id: UUID, query: SignedQuery) -> Response:
    """An upload that is an image; the older form of the link."""
    granted = await context.runtime.services.get(GrantedFiles)
    try:
        file = await granted.image(str(file_id), query.signature)
    except InvalidSignatureError as error:
        raise NotFound("File not found or signature is invalid") from error
    if file is not None and not (file.mime_type or "").startswith("image/"):
        raise UnsupportedFileType
    return await _answer_upload(context, file)


async def tool_file(context: RequestContext, file_id: UUID, extension: str, query: PreviewQuery) -> Response:
    """A file that a tool made; `extension` is for those who read the link."""
    del extension
    granted = await context.runtime.services.get(GrantedFiles)
    try:
        file = await granted.tool_file(str(file_id), query.signature)
    except InvalidSignatureError as error:
        raise Forbidden("Invalid request.") from error
    if file is None:
        raise UnsupportedFileType  # sic: clients know this answer
    return await _answer_tool_file(context, file, as_attachment=query.as_attachment)


async def webapp_logo(context: RequestContext, workspace_id: UUID) -> Response:
    """The logo that a workspace's web apps show."""
    from ..services.logos import find_logo  # at first use: it brings the tables of accounts

    database = await context.runtime.services.get(Database)
    files = await context.runtime.services.get(Files)
    return await _answer_upload(context, await find_logo(database, files, str(workspace_id)))


async def plugin_upload(context: RequestContext, query: UploadQuery) -> FileRecord:
    """Keep the file that a plugin made; name and type are those that the link was signed for."""
    async with UploadForm(context.request) as form:
        await _check_plugin_upload(context, form, query)
        tool_files = await context.runtime.services.get(ToolFiles)
        file = await tool_files.store(
            form.content(),
            filename=form.filename,
            mime_type=form.mime_type,
            tenant_id=query.tenant_id,
            user_id=query.user_id,
        )
    extension = f".{extension_of(file.key)}"
    files = await context.runtime.services.get(Files)
    url = absolute(context.request, files.tool_file_url(file.id, extension))
    return record_of_tool_file(file, extension, url)


async def _check_plugin_upload(context: RequestContext, form: UploadForm, query: UploadQuery) -> None:
    """Return when the form's file is the one that the link was signed for; raises `Forbidden`."""
    granted = await context.runtime.services.get(GrantedFiles)
    try:
        await form.open()
        granted.check_plugin_upload(
            query.signature,
            filename=form.filename,
            mime_type=form.mime_type,
            tenant_id=query.tenant_id,
            user_id=query.user_id,
        )
    except (InvalidSignatureError, NoFileUploaded, TooManyFiles) as error:
        raise Forbidden("Invalid request.") from error


async def _answer_upload(
    context: RequestContext, file: UploadedFile | None, *, as_attachment: bool = False
) -> Response:
    if file is None:
        raise NotFound("File not found or signature is invalid")
    files, found = await context.runtime.services.get(Files), file
    return await file_answer(
        context.request,
        lambda start, length: files.open(found, start=start, length=length),
        name=file.name,
        mime_type=file.mime_type,
        size=file.size,
        as_attachment=as_attachment,
    )


async def _answer_tool_file(context: RequestContext, file: ToolFile, *, as_attachment: bool) -> Response:
    files = await context.runtime.services.get(ToolFiles)
    return await file_answer(
        context.request,
        lambda start, length: files.open(file, start=start, length=length),
        name=file.name,
        mime_type=file.mime_type,
        size=file.size,
        as_attachment=as_attachment,
    )


def file_routes(settings: FilesSettings) -> Routes:
    """The routes; their links, not keys, are what opens them."""
    routes = Routes("files", tag="Files", public=True)
    limit = SizeLimits.of(settings).largest + MARGIN
    lost = (NotFound, FileLost, FilesUnavailable)
    routes.add("GET", "/<uuid:file_id>/file-preview", file_preview, summary="A file", errors=lost)
    routes.add(
        "GET", "/<uuid:file_id>/image-preview", image_preview, summary="An image", errors=(*lost, UnsupportedFileType)
    )
    routes.add(
        "GET",
        "/tools/<uuid:file_id>.<extension>",
        tool_file,
        summary="A file that a tool made",
        errors=(Forbidden, UnsupportedFileType, FileLost, FilesUnavailable),
    )
    routes.add("GET", "/workspaces/<uuid:workspace_id>/webapp-logo", webapp_logo, summary="A logo", errors=lost)
    routes.add(
        "POST",
        "/upload/for-plugin",
        plugin_upload,
        summary="Upload a file that a plugin made",
        status=201,
        errors=(Forbidden, FileTooLarge, FilesUnavailable),
        max_body=limit,
    )
    return routes
