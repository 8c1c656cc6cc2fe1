"""Signed links."""

from urllib.parse import urlencode

from dify_runtime_sdk.secrets import UrlSigner
from dify_runtime_sdk.workflow import File, TransferMethod

from ..domain.kinds import media_type
from ..domain.names import extension_of


class Links:
    """Makes the links of the group `files`. Whoever has a link may do what it says until it expires."""

    def __init__(self, signer: UrlSigner, *, public: str, internal: str) -> None:
        """`public` and `internal` are what links begin with; empty makes them relative."""
        self._signer = signer
        self._public = public
        self._internal = internal

    def preview(self, file_id: str, *, as_attachment: bool = False, internal: bool = False) -> str:
        """The link of an upload."""
        return self._link(f"/files/{file_id}/file-preview", file_id, as_attachment, internal)

    def tool_file(self, file_id: str, extension: str, *, as_attachment: bool = False, internal: bool = False) -> str:
        """The link of a file that a tool made; `extension` with or without its dot."""
        name = f"{file_id}.{extension.lstrip('.') or 'bin'}"
        return self._link(f"/files/tools/{name}", file_id, as_attachment, internal)

    def plugin_upload(self, *, filename: str, mime_type: str, tenant_id: str, user_id: str) -> str:
        """The link to which a plugin uploads one file; the type is signed as a form declares it, in lower case."""
        declared = media_type(mime_type) or mime_type
        signed = self._signer.sign(f"upload|{filename}|{declared}|{tenant_id}|{user_id}")
        query = urlencode(signed | {"user_id": user_id, "tenant_id": tenant_id})
        return f"{self._internal}/files/upload/for-plugin?{query}"

    def of(self, file: File, *, internal: bool = False) -> str | None:
        """The link of a file of a workflow: of what is stored here, else where it came from."""
        if file.related_id is None:
            return file.remote_url or file.url
        if file.transfer_method is TransferMethod.TOOL_FILE:
            extension = file.extension or extension_of(file.filename or "")
            return self.tool_file(file.related_id, extension, internal=internal)
        return self.preview(file.related_id, internal=internal)

    def _link(self, path: str, file_id: str, as_attachment: bool, internal: bool) -> str:
        query = self._signer.sign(f"file-preview|{file_id}")
        if as_attachment:
            query["as_attachment"] = "true"
        return f"{self._internal if internal else self._public}{path}?{urlencode(query)}"
