"""Which responses are compressed: what the client accepts, and what is worth it."""

from collections.abc import Iterable, Mapping
from typing import Final

from dify_runtime_sdk.http import Message

type Headers = list[tuple[bytes, bytes]]

_STREAMS: Final = b"text/event-stream"
_TYPES: Final = frozenset(
    (
        b"application/javascript",
        b"application/json",
        b"application/wasm",
        b"application/x-ndjson",
        b"application/x-yaml",
        b"application/xml",
        b"application/yaml",
        b"font/otf",
        b"font/ttf",
        b"image/svg+xml",
    )
)
_NO_BODY: Final = frozenset((204, 205, 206, 304))
"""Statuses without a body of their own, and 206: a range is one of the uncompressed bytes."""


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of a header, lines of the same name joined by commas; names are in lower case in ASGI."""
    values = [value for key, value in headers if key.lower() == name]
    return b",".join(values) if values else None


def accepts_gzip(value: bytes | None) -> bool:
    """Whether an `Accept-Encoding` allows gzip: by name or by `*`, and not with quality 0."""
    qualities: dict[bytes, float] = {}
    for item in (value or b"").lower().split(b","):
        coding, _, parameters = item.partition(b";")
        qualities[coding.strip()] = _quality(parameters)
    for coding in (b"gzip", b"x-gzip", b"*"):
        if coding in qualities:
            return qualities[coding] > 0
    return False


def _quality(parameters: bytes) -> float:
    for parameter in parameters.split(b";"):
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def compressible(start: Message) -> bool:
    """Whether a response could be sent compressed, going by its start message alone."""
    headers: Headers = start.get("headers") or []
    found: Mapping[bytes, bytes] = {key.lower(): value for key, value in headers}
    if start["status"] < 200 or start["status"] in _NO_BODY:
        return False
    if b"content-encoding" in found or b"content-range" in found or b"no-transform" in found.get(b"cache-control", b""):
        return False
    kind = found.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind == _STREAMS:
        return False
    return kind.startswith(b"text/") or kind in _TYPES or kind.endswith((b"+json", b"+xml"))


def content_length(headers: Headers) -> int | None:
    """The declared length of the body, if it is declared and a number."""
    value = header(headers, b"content-length")
    return int(value) if value is not None and value.isdigit() else None


def vary(headers: Headers) -> Headers:
    """`headers` with `Accept-Encoding` among what the response varies with."""
    value = header(headers, b"vary")
    named = [name.strip() for name in (value or b"").split(b",") if name.strip()]
    if any(name.lower() in (b"*", b"accept-encoding") for name in named):
        return headers
    others = [(key, value) for key, value in headers if key.lower() != b"vary"]
    return [*others, (b"vary", b", ".join((*named, b"Accept-Encoding")))]


def compressed(headers: Headers, length: int | None) -> Headers:
    """`headers` of the compressed response, of `length` bytes if that is known.

    A strong ETag promises the very same bytes, which holds no more: it becomes a weak one.
    """
    kept: Headers = []
    for key, value in headers:
        name = key.lower()
        if name == b"etag" and value.startswith(b'"'):
            kept.append((key, b"W/" + value))
        elif name not in (b"content-length", b"accept-ranges"):
            kept.append((key, value))
    if length is not None:
        kept.append((b"content-length", str(length).encode("ascii")))
    return [*kept, (b"content-encoding", b"gzip")]
