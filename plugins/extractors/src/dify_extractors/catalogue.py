"""Which reader a document gets."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from dify_runtime_sdk import PluginError, Registry
from dify_runtime_sdk.documents import Document, DocumentParser, DocumentReader, UnsupportedDocumentError

type AnyReader = DocumentParser | DocumentReader

PLAIN: Final = "dify_extractors.readers.plain:read_text"
"""The reader of plain text: also of what has a structure that is left as it is."""

_TEXT_EXTENSIONS: Final = (
    "txt markdown md mdx html htm xml yaml yml c h cpp hpp cc cxx c++ py js ts jsx tsx java php rb go rs swift kt "
    "scala sh bash bat ps1 sql r m pl lua vim asm s css scss less sass ini cfg conf toml env log"
)
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_SHEETS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _built_in(name: str, function: str, extensions: str, *mime_types: str) -> DocumentParser:
    dotted = tuple(f".{extension}" for extension in extensions.split())
    function = f"dify_extractors.readers.{function}"
    return DocumentParser(name=name, function=function, extensions=dotted, mime_types=mime_types)


_PARSERS: Final = (
    _built_in(
        "text",
        "plain:read_text",
        _TEXT_EXTENSIONS,
        "text/plain",
        "text/markdown",
        "text/html",
        "text/xml",
        "application/xml",
        "application/xhtml+xml",
        "application/javascript",
        "application/toml",
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
    ),
    _built_in("vtt", "plain:read_vtt", "vtt", "text/vtt"),
    _built_in("json", "plain:read_json", "json", "application/json"),
    _built_in("properties", "plain:read_properties", "properties", "text/x-java-properties"),
    _built_in("csv", "tables:read_csv", "csv", "text/csv"),
    _built_in("excel", "tables:read_workbook", "xlsx xls", _SHEETS, "application/vnd.ms-excel"),
    _built_in("pdf", "pdf:read_pdf", "pdf", "application/pdf"),
    _built_in("word", "word:read_docx", "docx", _WORD),
    _built_in("slides", "slides:read_pptx", "pptx", _SLIDES),
    _built_in("epub", "epub:read_epub", "epub", "application/epub+zip"),
    _built_in("mail", "mail:read_eml", "eml", "message/rfc822"),
)


class Catalogue:
    """All readers by extension and by MIME type; what plugins contribute comes before what is built in."""

    def __init__(self, built_in: Iterable[AnyReader], contributed: Iterable[tuple[str, Any]]) -> None:
        """`contributed` is (plugin, reader); raises `DuplicateNameError` and `PluginError`."""
        self._contributed = _Table()
        self._built_in = _Table()
        for reader in (*_PARSERS, *built_in):
            self._built_in.add(reader, owner="extractors")
        for plugin, one in contributed:
            if not isinstance(one, DocumentParser | DocumentReader):
                takes = "DocumentParser and DocumentReader"
                raise PluginError(f"plugin {plugin!r} gave {one!r} to the hook 'document_extractors'; it takes {takes}")
            self._contributed.add(one, owner=plugin)

    def reader(self, document: Document) -> AnyReader:
        """The reader for a document: by its extension, else by its MIME type; raises `UnsupportedDocumentError`."""
        extension = extension_of(document)
        mime_type = (document.mime_type or "").partition(";")[0].strip().lower()
        found = self._find("by_extension", extension) or self._find("by_mime_type", mime_type)
        if found is None and mime_type.startswith("text/"):
            found = self._find("by_mime_type", "text/plain")
        if found is None:
            what = extension or mime_type or "a document without extension and MIME type"
            known = ", ".join(sorted({*self._built_in.by_extension, *self._contributed.by_extension}))
            raise UnsupportedDocumentError(f"Unsupported document type: {what}", hint=f"readable are {known}")
        return found

    def _find(self, table: str, name: str) -> AnyReader | None:
        for one in (self._contributed, self._built_in):
            entries: Mapping[str, AnyReader] = getattr(one, table)
            if name in entries:
                return entries[name]
        return None


class _Table:
    """Readers by what they read."""

    def __init__(self) -> None:
        self.by_extension: Registry[AnyReader] = Registry("document extractor for the extension")
        self.by_mime_type: Registry[AnyReader] = Registry("document extractor for the MIME type")

    def add(self, reader: AnyReader, *, owner: str) -> None:
        for extension in reader.extensions:
            self.by_extension.add(extension, reader, owner=owner)
        for mime_type in reader.mime_types:
            self.by_mime_type.add(mime_type, reader, owner=owner)


def extension_of(document: Document) -> str:
    """The extension in lower case with its dot; empty when there is none."""
    extension = (document.extension or "").strip().lower()
    return extension if not extension or extension.startswith(".") else f".{extension}"
