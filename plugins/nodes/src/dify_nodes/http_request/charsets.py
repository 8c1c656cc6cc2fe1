"""Texts from bytes whose declared encoding may be missing or wrong."""

import asyncio
import codecs
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_CHARSETS: Final = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"))
"""Codecs of Python that are no encodings of texts on the web; some take quadratic time."""


async def decoded(content: bytes, charset: str | None) -> str:
    """The text: by its byte order mark, the declared encoding, UTF-8, or by what it looks like; never an error."""
    mark = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    for name in (mark, _known(charset), "utf-8"):
        text = None if name is None else _strict(content, name)
        if text is not None:
            return text
    return await asyncio.to_thread(_guessed, content, _known(charset) or "utf-8")


def _known(charset: str | None) -> str | None:
    try:
        name = codecs.lookup(charset or "").name
    except (LookupError, ValueError):
        return None
    return None if name in _NO_CHARSETS else name


def _strict(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, LookupError):  # a LookupError: the codec makes no text
        return None


def _guessed(content: bytes, fallback: str) -> str:
    from charset_normalizer import from_bytes  # heavy, and only bytes of unknown encoding need it

    best = from_bytes(content[:_SAMPLE]).best()
    text = None if best is None else _strict(content, best.encoding)
    if text is not None:
        return text
    return content.decode(fallback if _makes_text(fallback) else "utf-8", errors="replace")


_SAMPLE: Final = 1 << 16
"""Bytes that a guess is made from."""


def _makes_text(name: str) -> bool:
    return _strict(b"", name) is not None
