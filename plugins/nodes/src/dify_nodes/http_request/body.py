"""Bodies of requests: the bytes for the wire and a text for the log."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from dify_runtime_sdk.workflow import File, NodeContext, Selector, Template, WorkflowError
from dify_runtime_sdk.workflow.files import WorkflowFiles

from ..models.files import files_in
from ..models.lenient_json import NoJsonError, read_json
from .config import Body, BodyItem
from .errors import FileFetchError, RequestBodyError

PLACEHOLDER: Final = "__multipart_placeholder__"
"""The part that a form without files has, so that it is a multipart form all the same."""
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
_ANY: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent: bytes, the type they have unless a header says another, and their text for the log."""

    data: bytes | None = None
    mime_type: str | None = None
    shown: str = ""
    is_form: bool = False
    """Whether the type is the only right one, boundary included."""


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    data: bytes
    filename: str | None = None
    mime_type: str | None = None


class BodyWriter:
    """Writes the body of one node's requests; templates are parsed once."""

    def __init__(self, body: Body) -> None:
        self._type = body.type
        self._items = [_ParsedItem.of(item) for item in body.data]

    @property
    def selectors(self) -> Iterator[Selector]:
        """What the texts refer to."""
        for item in self._items:
            yield from (*item.key.selectors, *item.value.selectors)

    async def write(self, context: NodeContext) -> Content:
        """The body for one run; raises `RequestBodyError` and `FileFetchError`."""
        match self._type:
            case "none":
                return Content()
            case "json":
                return await self._json(context)
            case "raw-text":
                text = context.variables.render(self._only_item().value)
                return Content(text.encode(errors="replace"), "text/plain", text)
            case "x-www-form-urlencoded":
                fields = [item.field(context) for item in self._items]
                text = urlencode([field for field in fields if field[0]])
                return Content(text.encode(), "application/x-www-form-urlencoded", text)
            case "binary":
                return await self._binary(context)
            case _:
                return await self._form(context)

    def _only_item(self) -> "_ParsedItem":
        if len(self._items) != 1:
            message = f"A body of type {self._type} has exactly one item, not {len(self._items)}"
            raise RequestBodyError(message, hint="fill in the body of the node")
        return self._items[0]

    async def _json(self, context: NodeContext) -> Content:
        text = context.variables.render(self._only_item().value)
        try:
            value = await read_json(text)
        except NoJsonError as error:
            raise RequestBodyError(f"The body is no JSON: {error}", hint="quote texts in the template") from error
        written = json.dumps(value, ensure_ascii=False)
        return Content(written.encode(errors="replace"), "application/json", written)

    async def _binary(self, context: NodeContext) -> Content:
        files = list(self._only_item().files(context))
        if len(files) != 1:
            raise FileFetchError(f"A binary body is exactly one file, the variable holds {len(files)}")
        data = await _read(files[0], context)
        return Content(data, _ANY, f"<{files[0].filename or 'file'}, {len(data)} bytes>")

    async def _form(self, context: NodeContext) -> Content:
        parts = [part for item in self._items for part in await item.parts(context)]
        if not any(part.filename is not None for part in parts):
            parts.append(_Part(PLACEHOLDER, b"", "", _ANY))
        boundary = secrets.token_hex(16)
        data = b"".join(_encoded(part, boundary, part.data) for part in parts) + f"--{boundary}--\r\n".encode()
        shown = "".join(_encoded(part, boundary, _shown(part)).decode(errors="replace") for part in parts)
        return Content(data, f"multipart/form-data; boundary={boundary}", f"{shown}--{boundary}--\r\n", is_form=True)


@dataclass(frozen=True, slots=True)
class _ParsedItem:
    is_file: bool
    key: Template
    value: Template
    selector: Sequence[str]

    @classmethod
    def of(cls, item: BodyItem) -> "_ParsedItem":
        return cls(item.type == "file", Template.parse(item.key), Template.parse(item.value), tuple(item.file))

    def field(self, context: NodeContext) -> tuple[str, str]:
        return context.variables.render(self.key), context.variables.render(self.value)

    def files(self, context: NodeContext) -> Iterator[File]:
        return files_in(context.variables.get(self.selector)) if self.selector else iter(())

    async def parts(self, context: NodeContext) -> list[_Part]:
        """The item as parts of a form: one per file, one for a text; none without a name."""
        name, text = self.field(context)
        if not name:
            return []
        if not self.is_file:
            return [_Part(name, text.encode(errors="replace"))]
        found = list(self.files(context))
        return [_Part(name, await _read(one, context), one.filename or "file", one.mime_type or _ANY) for one in found]


async def _read(file: File, context: NodeContext) -> bytes:
    service = await context.services.get(WorkflowFiles)
    try:
        return await service.read(file)
    except WorkflowError as error:
        raise FileFetchError(f"A file of the body cannot be read: {error.message}", hint=error.hint) from error


def _shown(part: _Part) -> bytes:
    return part.data if part.filename is None else f"<{len(part.data)} bytes>".encode()


def _encoded(part: _Part, boundary: str, data: bytes) -> bytes:
    """One part of a multipart form; quotes and line ends of names are escaped as browsers do."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name.translate(_ESCAPES)}"'
    if part.filename is not None:
        mime_type = "".join((part.mime_type or _ANY).split())
        head += f'; filename="{part.filename.translate(_ESCAPES)}"\r\nContent-Type: {mime_type}'
    return f"{head}\r\n\r\n".encode(errors="replace") + data + b"\r\n"
