"""Answers: read within the limits, as text or as a stored file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.workflow import File, NodeContext
from dify_runtime_sdk.workflow.files import WorkflowFiles

from .charsets import decoded
from .errors import ResponseSizeError
from .kinds import Kind

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Bytes of a body that becomes a file, and of one that becomes text."""

    binary: int
    text: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer: its status, its headers, and its body as text or as a file."""

    status: int
    headers: dict[str, str]
    text: str = ""
    file: File | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2

    def outputs(self) -> dict[str, Any]:
        """The outputs of the node."""
        files = [] if self.file is None else [self.file]
        return {"status_code": self.status, "body": self.text, "headers": self.headers, "files": files}


async def receive(response: "httpx.Response", limits: SizeLimits, context: NodeContext) -> Incoming:
    """Read the body; raises `ResponseSizeError`, and the errors of egress when it breaks off or cannot be decoded."""
    headers = dict(response.headers)
    kind = Kind.of(headers.get("content-type", ""), headers.get("content-disposition", ""))
    content = await _read(response, limits.binary if kind.is_file else limits.text, is_file=kind.is_file)
    if not kind.is_file or not content:
        return Incoming(response.status_code, headers, text=await decoded(content, kind.charset))
    files = await context.services.get(WorkflowFiles)
    file = await files.store(
        content,
        filename=kind.name(str(response.url)),
        mime_type=kind.mime_type or None,
        tenant_id=context.run.tenant_id,
    )
    return Incoming(response.status_code, headers, file=file)


async def _read(response: "httpx.Response", limit: int, *, is_file: bool) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            raise too_large(limit, is_file=is_file)
    return bytes(content)


def too_large(limit: int, *, is_file: bool) -> ResponseSizeError:
    """The failure for a body over `limit` bytes."""
    kind, setting = ("File", "BINARY") if is_file else ("Text", "TEXT")
    message = f"{kind} size is too large, max size is {limit / 1024 / 1024:.2f} MB"
    return ResponseSizeError(message, hint=f"HTTP_REQUEST_NODE_MAX_{setting}_SIZE is the operator's limit")
