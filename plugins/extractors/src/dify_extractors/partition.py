"""The partition service: an Unstructured API, for formats that no library here reads."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from dify_runtime_sdk import Services
from dify_runtime_sdk.documents import Document, DocumentReader, ExtractionError, UnsupportedDocumentError
from dify_runtime_sdk.egress import Egress, EgressError, Limits

from .settings import ExtractorSettings

_PATH: Final = "/general/v0/general"
"""The path of the API, where the setting names only its origin."""
_EXTENSIONS: Final = (".doc", ".ppt", ".msg")
_MIME_TYPES: Final = ("application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook")


def partition_readers(settings: ExtractorSettings, services: Services) -> Sequence[DocumentReader]:
    """The reader of these formats; without the service it says what is missing."""
    service = PartitionService(settings, services)
    return (DocumentReader(name="partition", read=service.read, extensions=_EXTENSIONS, mime_types=_MIME_TYPES),)


class PartitionService:
    """Has documents read by the service at `UNSTRUCTURED_API_URL`."""

    def __init__(self, settings: ExtractorSettings, services: Services) -> None:
        self._url = _endpoint(settings.UNSTRUCTURED_API_URL or "")
        key = settings.UNSTRUCTURED_API_KEY
        self._key = key.get_secret_value() if key else ""
        self._limits = Limits(read=settings.EXTRACTOR_TIMEOUT, response_bytes=8 * settings.EXTRACTOR_MAX_TEXT_LENGTH)
        self._services = services

    async def read(self, document: Document) -> str:
        """The texts of the document's elements, a blank line between them; raises `ExtractionError`."""
        what = document.extension or document.mime_type
        if not self._url:
            raise UnsupportedDocumentError(
                f"{what} documents need the partition service",
                hint="set UNSTRUCTURED_API_URL to the address of an Unstructured API, or convert the document",
            )
        return "\n\n".join(_texts(await self._ask(document)))

    async def _ask(self, document: Document) -> Any:
        client = (await self._services.get(Egress)).trusted(limits=self._limits)
        mime_type = document.mime_type or "application/octet-stream"
        name = f"document{document.extension or ''}"
        headers = {"unstructured-api-key": self._key} if self._key else {}
        try:
            response = await client.post(
                self._url, files={"files": (name, document.content, mime_type)}, headers=headers
            )
        except EgressError as error:
            raise ExtractionError(f"the partition service does not answer: {error.message}", hint=error.hint) from error
        if response.status_code != 200:
            reason = f"the partition service answers with status {response.status_code}"
            raise ExtractionError(reason, hint="see UNSTRUCTURED_API_URL and UNSTRUCTURED_API_KEY")
        try:
            return response.json()
        except ValueError:
            raise ExtractionError("the partition service answers with something else than JSON") from None


def _endpoint(url: str) -> str:
    return url.rstrip("/") + _PATH if url and urlsplit(url).path in ("", "/") else url


def _texts(elements: Any) -> list[str]:
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        raise ExtractionError("the partition service answers with something else than a list of elements")
    return [text for one in elements if isinstance(text := one.get("text"), str) and text]
