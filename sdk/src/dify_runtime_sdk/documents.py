"""Documents: texts out of files of many types."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from .errors import DifyRuntimeError
from .markers import hookspec
from .runtime import Runtime


class ExtractionError(DifyRuntimeError):
    """A document has no readable text: its type is unknown, or its content is broken. Says which."""

    code = "extraction_failed"


class UnsupportedDocumentError(ExtractionError):
    """Nothing installed reads this type of document; says what would."""

    code = "unsupported_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file to read: its content and what is known of its type. `extension` starts with a dot."""

    content: bytes
    extension: str | None = None
    mime_type: str | None = None


class DocumentExtractor(Protocol):
    """Reads documents, off the event loop and outside this process where the format's parser is not to be trusted."""

    async def extract(self, document: Document) -> str:
        """The text of the document; by its extension, else by its MIME type. Raises `ExtractionError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentParser:
    """A function that reads some types of documents, in a process of its own.

    `function` is `package.module:name` of a plain function `(content: bytes, extension: str) -> str`. It is imported
    and called only in a worker process, whose time and memory are limited and whose environment is empty; keep what
    its module imports to what the parser needs. What it raises is that document's `ExtractionError`; the message of a
    `ValueError` is shown. `extensions` start with a dot and are lower case; `mime_types` are lower case, without
    parameters. `extension` is empty when only the MIME type was known.
    """

    name: str
    function: str
    extensions: tuple[str, ...]
    mime_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReader:
    """A coroutine function that has some types of documents read elsewhere, by a service; see `DocumentParser`.

    `read` runs on the event loop, may be called many times at once, and raises `ExtractionError`.
    """

    name: str
    read: Callable[[Document], Awaitable[str]]
    extensions: tuple[str, ...]
    mime_types: tuple[str, ...] = ()


class DocumentHooks:
    """Offered by the plugin `extractors`."""

    @hookspec
    def document_extractors(self, runtime: Runtime) -> Iterable[DocumentParser | DocumentReader] | None:
        """Read more types of documents, or the same ones differently.

        When: once per boot, in phase finish, in every process. What is contributed for an extension or a MIME type
        takes the place of the built-in reader; two contributions for the same one are an error.
        """
