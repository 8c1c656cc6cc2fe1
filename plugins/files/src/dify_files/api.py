"""The services of files: uploads, files that tools made, signed URLs, and files as inputs of apps."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from dify_runtime_sdk import DifyRuntimeError
from dify_runtime_sdk.http import RequestContext
from dify_runtime_sdk.workflow import File, FileType, TransferMethod


class FilesError(DifyRuntimeError):
    """A file is refused or not there; `code` is Dify's (`file_too_large`, `unsupported_file_type`, …)."""

    code = "files_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """Who uploads: an account or an end user."""

    role: Literal["account", "end_user"]
    id: str


class UploadGate(Protocol):
    """Says whether an app takes uploads now; offered, once, by the plugin that knows apps."""

    async def check(self, context: RequestContext) -> None:
        """Raises the `HttpError` that the app of the request's key answers with, whatever it is asked."""
        ...


type CreatorLater = Callable[[], Awaitable[Creator]]
"""Finds out who uploads once the content was read, for a form may name them after the file; what it raises undoes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A stored upload, as the table `upload_files` has it. `size` is bytes; `extension` has no dot."""

    id: str
    tenant_id: str
    name: str
    size: int
    extension: str
    mime_type: str | None
    key: str
    created_by_role: Literal["account", "end_user"]
    created_by: str
    created_at: datetime
    source_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFile:
    """A file that a tool or a node made, as the table `tool_files` has it. `size` is bytes, -1 when unknown."""

    id: str
    tenant_id: str
    user_id: str
    conversation_id: str | None
    name: str
    size: int
    mime_type: str
    key: str
    original_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """What files an input takes; from `file_upload` of an app's features, or a variable of its form.

    `extensions` count only for type `custom`. `number_limit` None means the operator's own limit.
    """

    types: frozenset[FileType] = frozenset(FileType)
    extensions: tuple[str, ...] = ()
    methods: frozenset[TransferMethod] = frozenset({TransferMethod.LOCAL_FILE, TransferMethod.REMOTE_URL})
    number_limit: int | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)


class Files(Protocol):
    """Stores and finds files, and signs URLs for them."""

    async def upload(
        self,
        content: AsyncIterator[bytes],
        *,
        filename: str,
        mime_type: str | None,
        tenant_id: str,
        creator: Creator | CreatorLater,
    ) -> UploadedFile:
        """Store an upload; raises `FilesError` for a bad name, a type that is not allowed, or too much content.

        Reads `content` no further than the limit, and holds a piece of it at a time. Nothing stays of an upload that
        fails or is cancelled.
        """
        ...

    async def get(self, file_id: str, *, tenant_id: str) -> UploadedFile | None:
        """The upload by id."""
        ...

    async def open(self, file: UploadedFile, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content, or `length` bytes from `start`, in pieces; raises `FilesError` when the storage has lost it."""
        ...

    def preview_url(self, file_id: str, *, as_attachment: bool = False, internal: bool = False) -> str:
        """A signed URL of an upload; good for `FILES_ACCESS_TIMEOUT` seconds. `internal`: for servers of this site."""
        ...

    def tool_file_url(self, file_id: str, extension: str, *, internal: bool = False) -> str:
        """A signed URL of a file that a tool made."""
        ...

    async def inputs(
        self, mappings: Sequence[Mapping[str, Any]], *, rules: FileRules, tenant_id: str, strict_type: bool = False
    ) -> list[File]:
        """The files that a client's input names, checked; the rules of Dify's file inputs.

        Entries that are incomplete are dropped, as Dify does. `strict_type`: a declared type that contradicts the
        detected one is an error (calls through the Service API). Raises `FilesError` naming the entry. All rows of
        one call are read by one statement.
        """
        ...

    def resign(self, files: Sequence[File]) -> list[File]:
        """The same files with fresh URLs; for answers that were stored."""
        ...


class ToolFiles(Protocol):
    """Files that tools, nodes and plugins make."""

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
        """Keep a file; name and type are made up from each other where one is missing.

        Raises `FilesError` for more content than the largest upload may have, and when it cannot be stored.
        """
        ...

    async def get(self, file_id: str, *, tenant_id: str) -> ToolFile | None:
        """The file by id."""
        ...

    async def open(self, file: ToolFile, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content, or `length` bytes from `start`, in pieces; raises `FilesError` when the storage has lost it."""
        ...

    def upload_url(self, *, filename: str, mime_type: str, tenant_id: str, user_id: str) -> str:
        """A signed URL to which a plugin can upload one file of this name and type."""
        ...
