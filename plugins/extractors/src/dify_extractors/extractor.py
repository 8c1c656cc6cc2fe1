"""The service: finds the reader of a document and has it work."""

from typing import Final

from dify_runtime_sdk.documents import Document, DocumentReader

from .catalogue import PLAIN, Catalogue, extension_of
from .pool import WorkerPool

_AT_ONCE: Final = 1 << 20
"""Bytes of plain UTF-8 that are decoded here: less than a millisecond, where a process would cost more."""


class Extractor:
    """Reads documents of all types in the catalogue."""

    def __init__(self, catalogue: Catalogue, pool: WorkerPool) -> None:
        self._catalogue = catalogue
        self._pool = pool

    async def extract(self, document: Document) -> str:
        """The text of the document; raises `ExtractionError`."""
        reader = self._catalogue.reader(document)
        if isinstance(reader, DocumentReader):
            return await reader.read(document)
        if reader.function == PLAIN:
            text = _plain(document.content)
            if text is not None:
                return text
        return await self._pool.run(reader.function, document.content, extension_of(document))


def _plain(content: bytes) -> str | None:
    """The text, where it is short and certainly UTF-8: NULs look like UTF-16."""
    if len(content) > _AT_ONCE or b"\x00" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
