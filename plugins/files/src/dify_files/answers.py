"""Answers that are files: how they are declared, and parts of those that players seek in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from quart import Response
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from .domain.kinds import ANY_TYPE, media_type

if TYPE_CHECKING:
    from quart import Request

type Opener = Callable[[int, int | None], Awaitable[AsyncIterator[bytes]]]
"""Opens the content at a byte, for so many bytes or to its end."""

SEEKABLE: Final = frozenset(
    (
        *("audio/mpeg", "audio/wav", "audio/mp4", "audio/ogg", "audio/flac", "audio/aac", "audio/x-m4a"),
        *("video/mp4", "video/webm", "video/quicktime"),
    )
)
"""Types of which a part may be asked for."""
_PAGES: Final = frozenset(("text/html", "application/xhtml+xml"))
_PAGE_EXTENSIONS: Final = frozenset(("html", "htm", "xhtml"))


async def file_answer(
    request: "Request",
    opened: Opener,
    *,
    name: str,
    mime_type: str | None,
    size: int = -1,
    as_attachment: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that brings a file; `size` in bytes, -1 when unknown.

    Pages of HTML are always attachments, or they would run in this server's name. Raises what `opened` raises before
    anything is sent.
    """
    kind = media_type(mime_type) or ANY_TYPE
    is_page = kind in _PAGES or name.rpartition(".")[2].lower() in _PAGE_EXTENSIONS
    attached = as_attachment or is_page
    answer = Response(b"", headers=dict(headers or {}), content_type=ANY_TYPE if attached else kind)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if attached:
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    elif not kind.startswith(("audio/", "video/")) and kind != "application/pdf":
        answer.headers["Content-Security-Policy"] = "sandbox"  # a drawing may hold a script
    start, length = _asked_part(request, answer, kind, size)
    await _fill(request, answer, opened, start, length)
    return answer


def _asked_part(request: "Request", answer: Response, kind: str, size: int) -> tuple[int, int]:
    """The part that is sent, as start and length, with its headers set; the length is -1 when the size is unknown."""
    if kind not in SEEKABLE or size < 0:
        return 0, size
    answer.headers["Accept-Ranges"] = "bytes"
    asked = None if "If-Range" in request.headers else parse_range_header(request.headers.get("Range"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size
    part = asked.range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(size)
    start, stop = part
    answer.status_code = 206
    answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return start, stop - start


async def _fill(request: "Request", answer: Response, opened: Opener, start: int, length: int) -> None:
    """Set body and length; HEAD is answered without the body, and without reading more than the first piece."""
    whole = start == 0 and answer.status_code != 206
    content = await opened(start, None if whole else length)
    if request.method == "HEAD":
        await _close(content)
    else:
        answer.response = answer.iterable_body_class(content)
    if length >= 0:
        answer.headers["Content-Length"] = str(length)
    else:
        answer.headers.pop("Content-Length", None)
    answer.timeout = None  # a slow reader of a large file is no fault; one that left ends it


async def _close(content: AsyncIterator[bytes]) -> None:
    close = getattr(content, "aclose", None)
    if close is not None:
        await close()
