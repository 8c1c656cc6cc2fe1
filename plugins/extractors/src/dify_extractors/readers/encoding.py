"""Bytes to text, whatever the encoding."""

import codecs
from typing import Final

_MARKS: Final = (  # the longer ones first: UTF-32 begins like UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes) -> str:
    """The text: by its byte-order mark, as UTF-8, or in the encoding that it most likely has.

    Raises `ValueError` for what is no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\x00" not in content:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            pass
    from charset_normalizer import from_bytes  # at first use: most texts are UTF-8

    best = from_bytes(content).best()
    if best is None:
        raise ValueError("it is no text in any known encoding")
    return str(best)
