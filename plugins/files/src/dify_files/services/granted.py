"""Files for holders of signed links, who need no other right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dify_runtime_sdk.secrets import UrlSigner

from ..api import ToolFile, UploadedFile

if TYPE_CHECKING:
    from .rows import FileRows


@dataclass(frozen=True, slots=True)
class Signature:
    """The signed part of a link's query."""

    timestamp: str
    nonce: str
    sign: str


class GrantedFiles:
    """Checks links, and finds what they open. All methods raise `InvalidSignatureError`."""

    def __init__(self, rows: "FileRows", signer: UrlSigner) -> None:
        self._rows = rows
        self._signer = signer

    async def upload(self, file_id: str, signature: Signature) -> UploadedFile | None:
        """The upload that the link `file-preview` opens."""
        self._check(f"file-preview|{file_id}", signature)
        return await self._rows.granted_upload(file_id)

    async def image(self, file_id: str, signature: Signature) -> UploadedFile | None:
        """The upload that the link `image-preview` opens."""
        self._check(f"image-preview|{file_id}", signature)
        return await self._rows.granted_upload(file_id)

    async def tool_file(self, file_id: str, signature: Signature) -> ToolFile | None:
        """The file that the link of a tool's file opens."""
        self._check(f"file-preview|{file_id}", signature)
        return await self._rows.granted_tool_file(file_id)

    def check_plugin_upload(
        self, signature: Signature, *, filename: str, mime_type: str, tenant_id: str, user_id: str
    ) -> None:
        """Return when the link allows an upload of this name and type to this tenant."""
        self._check(f"upload|{filename}|{mime_type}|{tenant_id}|{user_id}", signature)

    def _check(self, subject: str, signature: Signature) -> None:
        self._signer.verify(subject, timestamp=signature.timestamp, nonce=signature.nonce, sign=signature.sign)
