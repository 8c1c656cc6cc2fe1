"""Files of a workflow: their content, and how nodes make new ones."""

from collections.abc import AsyncIterator
from typing import Protocol

from .values import File


class WorkflowFiles(Protocol):
    """Reads and stores the files that nodes handle, within the tenant's borders."""

    async def read(self, file: File, *, limit: int | None = None) -> bytes:
        """The content; raises `WorkflowError` when it is gone, foreign, or over `limit` bytes."""
        ...

    def stream(self, file: File) -> AsyncIterator[bytes]:
        """The content in pieces."""
        ...

    async def store(self, content: bytes, *, filename: str | None, mime_type: str | None, tenant_id: str) -> File:
        """Keep what a node made as a file of the kind `tool_file`, with a signed `url`."""
        ...
