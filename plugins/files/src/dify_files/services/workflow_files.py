"""Files in the hands of nodes and models: the service `WorkflowFiles`."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.workflow import File, TransferMethod, WorkflowError

from ..api import ToolFiles
from ..domain.kinds import SizeLimits, kind_of
from ..domain.names import extension_of
from .links import Links
from .objects import Objects
from .remote import RemoteFiles
from .rows import FileRow, FileRows


class WorkflowFilesService:
    """The service `WorkflowFiles`. A stored file is found in its own tenant alone."""

    def __init__(
        self,
        rows: FileRows,
        objects: Objects,
        remote: RemoteFiles,
        tool_files: ToolFiles,
        links: Links,
        limits: SizeLimits,
    ) -> None:
        self._rows = rows
        self._objects = objects
        self._remote = remote
        self._tool_files = tool_files
        self._links = links
        self._limits = limits

    async def read(self, file: File, *, limit: int | None = None) -> bytes:
        """The content; raises `WorkflowError` when it is gone, foreign, or over `limit` bytes."""
        if limit is not None and file.size > limit:
            raise _too_large(file, limit)
        content = bytearray()
        async with aclosing(self._pieces(file, limit)) as pieces:
            async for piece in pieces:
                content += piece
                if limit is not None and len(content) > limit:
                    raise _too_large(file, limit)
        return bytes(content)

    async def stream(self, file: File) -> AsyncIterator[bytes]:
        """The content in pieces."""
        async with aclosing(self._pieces(file, None)) as pieces:
            async for piece in pieces:
                yield piece

    async def store(self, content: bytes, *, filename: str | None, mime_type: str | None, tenant_id: str) -> File:
        """Keep what a node made."""
        try:
            made = await self._tool_files.store(
                _whole(content), filename=filename, mime_type=mime_type, tenant_id=tenant_id
            )
        except DifyRuntimeError as error:
            raise WorkflowError(f"a file cannot be stored: {error.message}", hint=error.hint) from error
        extension = extension_of(made.name) or extension_of(made.key)
        return File(
            type=kind_of(extension, made.mime_type),
            transfer_method=TransferMethod.TOOL_FILE,
            tenant_id=tenant_id,
            related_id=made.id,
            filename=made.name,
            extension=f".{extension}",
            mime_type=made.mime_type,
            size=made.size,
            url=self._links.tool_file(made.id, extension),
        )

    async def _pieces(self, file: File, limit: int | None) -> AsyncGenerator[bytes]:
        try:
            async with aclosing(await self._opened(file, limit)) as content:
                async for piece in content:
                    yield piece
        except WorkflowError:
            raise
        except DifyRuntimeError as error:
            raise WorkflowError(f"{_name(file)} cannot be read: {error.message}", hint=error.hint) from error

    async def _opened(self, file: File, limit: int | None) -> AsyncGenerator[bytes]:
        if file.related_id is None:
            if not file.remote_url:
                raise WorkflowError(f"{_name(file)} has no content: it names neither a stored file nor a URL")
            own = self._limits.for_kind(kind_of(file.extension or "", file.mime_type))
            return self._remote.read(file.remote_url, limit=own if limit is None else min(limit, own))
        row = await self._row(file, file.related_id)
        if row is None:
            raise WorkflowError(f"{_name(file)} is not there any more")
        return await self._objects.opened(row.key)

    async def _row(self, file: File, related_id: str) -> FileRow | None:
        if file.transfer_method is TransferMethod.TOOL_FILE:
            return await self._rows.tool_file(related_id, tenant_id=file.tenant_id)
        return await self._rows.upload(related_id, tenant_id=file.tenant_id)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _name(file: File) -> str:
    return f"the file {file.filename!r}" if file.filename else "a file"


def _too_large(file: File, limit: int) -> WorkflowError:
    return WorkflowError(f"{_name(file)} is larger than {limit} bytes")
