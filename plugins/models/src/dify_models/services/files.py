"""Files of prompts, as providers get at them."""

from typing import Literal

from dify_runtime_sdk import Services
from dify_runtime_sdk.models import ModelRequestError
from dify_runtime_sdk.workflow import File, WorkflowError
from dify_runtime_sdk.workflow.files import WorkflowFiles


class PromptFiles:
    """Reads files through the service `WorkflowFiles`; satisfies `FileSource`."""

    def __init__(self, services: Services, send: Literal["base64", "url"], limit: int) -> None:
        """`send` says how files go to vendors; `limit` bounds the bytes of one."""
        self._services = services
        self._send = send
        self._limit = limit

    async def read(self, file: File) -> bytes:
        """The content; raises `ModelRequestError`."""
        if not self._services.offered(WorkflowFiles):
            raise ModelRequestError("no plugin reads files", hint="install dify-runtime-files")
        try:
            return await (await self._services.get(WorkflowFiles)).read(file, limit=self._limit)
        except WorkflowError as error:
            raise ModelRequestError(f"a file of the prompt cannot be read: {error.message}", hint=error.hint) from error

    async def url(self, file: File) -> str | None:
        """Where the vendor can fetch the file, if files go by address, or cannot be read here."""
        if self._send == "url" or not self._services.offered(WorkflowFiles):
            return file.url or file.remote_url
        return None
