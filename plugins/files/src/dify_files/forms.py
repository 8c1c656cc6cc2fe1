"""Uploads out of multipart forms, piece by piece: a form of any size is read with the memory of one piece."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Final, Self

from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Event, Field, MultipartDecoder, NeedData
from werkzeug.sansio.multipart import File as FilePart

from dify_runtime_sdk.http import BadRequest

from .errors import FileTooLarge, NoFileUploaded, TooManyFiles

if TYPE_CHECKING:
    from quart import Request

MARGIN: Final = 1 << 20
"""Bytes that a form may have besides its file."""
_PIECE: Final = 1 << 16
_MOST_PARTS: Final = 100
_LONGEST_FIELD: Final = 1 << 16


class UploadForm:
    """A form with one file in the part `file`; enter it to have what was not read of it forgotten on leaving.

    Call `open` first, then read `content` to its end, then `finish`.
    """

    def __init__(self, request: "Request") -> None:
        self.filename = ""
        self.mime_type = ""
        self.fields: dict[str, str] = {}
        self._request = request
        self._events = _events(request)
        self._others = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.aclose()
        restrict = getattr(self._request.body, "restrict", None)  # of the host's request: Quart alone keeps all
        if restrict is not None:
            restrict(0)  # a client that goes on sending after an error fills no memory

    async def open(self) -> None:
        """Read up to the file, which sets `filename` and `mime_type`; raises `NoFileUploaded` and `TooManyFiles`."""
        async for event in self._events:
            if isinstance(event, Field):
                await self._read_field(event)
            elif isinstance(event, FilePart):
                if event.name == "file":
                    return self._found(event)
                self._others += 1
        raise NoFileUploaded

    def _found(self, part: FilePart) -> None:
        if self._others:
            raise TooManyFiles
        self.filename = part.filename
        self.mime_type = parse_options_header(part.headers.get("Content-Type"))[0].strip().lower()

    async def content(self) -> AsyncIterator[bytes]:
        """The file in pieces."""
        async for event in self._events:
            if not isinstance(event, Data):
                continue
            if event.data:
                yield event.data
            if not event.more_data:
                return

    async def finish(self) -> None:
        """Read what follows the file; raises `TooManyFiles` for another one."""
        async for event in self._events:
            if isinstance(event, Field):
                await self._read_field(event)
            elif isinstance(event, FilePart):
                raise TooManyFiles

    async def _read_field(self, part: Field) -> None:
        value = bytearray()
        async for piece in self.content():
            value += piece
            if len(value) > _LONGEST_FIELD:
                raise BadRequest(f"A field of the form is longer than {_LONGEST_FIELD} bytes.")
        self.fields.setdefault(part.name or "", value.decode(errors="replace"))


async def _events(request: "Request") -> AsyncGenerator[Event]:
    """What the decoder finds; nothing in a body that is no multipart form."""
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        return
    decoder = MultipartDecoder(boundary.encode(errors="replace"), MARGIN, max_parts=_MOST_PARTS)
    try:
        async for piece in _pieces(request):
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                yield event
        decoder.receive_data(None)
        decoder.next_event()
    except ValueError as error:
        raise BadRequest("The form is malformed, or ends too early.") from error


async def _pieces(request: "Request") -> AsyncIterator[bytes]:
    """The body; raises `FileTooLarge` for more than the route takes, and a 408 when the client falls silent."""
    body = aiter(request.body)
    while True:
        try:
            async with asyncio.timeout(request.body_timeout):
                data = await anext(body, b"")
        except TimeoutError as error:
            raise RequestTimeout from error
        except RequestEntityTooLarge as error:
            raise FileTooLarge from error
        if not data:
            return
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]
