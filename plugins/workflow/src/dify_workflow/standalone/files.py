"""Files of runs that have no storage: those of this machine by their path, and those that nodes make, in memory."""

import asyncio
import mimetypes
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from dify_runtime_sdk.workflow import File, FileType, TransferMethod, WorkflowError

_KINDS: Final = {"image": FileType.IMAGE, "audio": FileType.AUDIO, "video": FileType.VIDEO}
_PIECE: Final = 1 << 20


class LocalFiles:
    """Satisfies `dify_runtime_sdk.workflow.files.WorkflowFiles`; forgets everything with the process."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}
        self._contents: dict[str, bytes] = {}

    def add(self, path: Path) -> File:
        """The file at `path` as an input of a run; read when a node asks. Raises `OSError` if it is not there."""
        size = path.stat().st_size
        file = _describe(path.name, None, size, TransferMethod.LOCAL_FILE)
        self._paths[_key(file)] = path
        return file

    def put(self, content: bytes, filename: str, mime_type: str | None = None) -> File:
        """A file with that content, as an input of a run."""
        file = _describe(filename, mime_type, len(content), TransferMethod.LOCAL_FILE)
        self._contents[_key(file)] = content
        return file

    async def read(self, file: File, *, limit: int | None = None) -> bytes:
        """See `WorkflowFiles.read`."""
        if limit is not None and file.size > limit:
            raise WorkflowError(f"file {file.filename!r} has {file.size} bytes, more than {limit}")
        key = _key(file)
        if key in self._contents:
            return self._contents[key]
        if key not in self._paths:
            raise WorkflowError(f"file {file.filename!r} is not one of this run's", hint="only local files can be read")
        try:
            return await asyncio.to_thread(self._paths[key].read_bytes)
        except OSError as error:
            raise WorkflowError(f"file {file.filename!r} cannot be read: {error.strerror}") from error

    async def stream(self, file: File) -> AsyncIterator[bytes]:
        """See `WorkflowFiles.stream`."""
        content = await self.read(file)
        for begin in range(0, len(content), _PIECE):
            yield content[begin : begin + _PIECE]

    async def store(self, content: bytes, *, filename: str | None, mime_type: str | None, tenant_id: str) -> File:
        """See `WorkflowFiles.store`."""
        file = _describe(filename, mime_type, len(content), TransferMethod.TOOL_FILE)
        self._contents[_key(file)] = content
        return file


def described(given: Mapping[str, Any]) -> File:
    """The file that a client describes by an object; raises `ValueError` for a wrong type or method.

    Nothing is fetched: name, extension and MIME type that the object leaves out are those that its `url` looks like.
    """
    fields = dict(given)
    fields.setdefault("remote_url", fields.get("url"))
    address = str(fields["remote_url"] or fields.get("url") or "")
    name = str(fields.get("filename") or PurePosixPath(unquote(urlsplit(address).path)).name)
    fields["filename"] = name or None
    fields["extension"] = fields.get("extension") or PurePosixPath(name).suffix.lower() or None
    fields["mime_type"] = fields.get("mime_type") or mimetypes.guess_type(name)[0]
    return File.from_json(fields)


def _describe(filename: str | None, mime_type: str | None, size: int, method: TransferMethod) -> File:
    mime_type = mime_type or mimetypes.guess_type(filename or "")[0] or "application/octet-stream"
    identity = str(uuid.uuid4())
    return File(
        id=identity,
        related_id=identity,
        type=_KINDS.get(mime_type.partition("/")[0], FileType.DOCUMENT),
        transfer_method=method,
        filename=filename,
        extension=Path(filename or "").suffix.lower() or None,
        mime_type=mime_type,
        size=size,
    )


def _key(file: File) -> str:
    return file.related_id or file.id or ""
