"""JSON by orjson, with the standard library for what orjson refuses or would change."""

import json
from typing import Any, Final, NoReturn

import orjson

from .plain import plain, represent

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_UTC_Z
_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_LONG: Final = b"0" * 19
"""As many digits in a row as an integer needs to leave the 64-bit range, where orjson reads it as a float."""


def encode(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON; NaN and infinities become null, since JSON has no word for them.

    Integers of any size, lone surrogates and keys that are not text come out as the standard library writes them.
    Raises `TypeError` for a type that `represent` does not know, `ValueError` for what holds itself or is too deep.
    """
    try:
        return orjson.dumps(value, represent, _OPTIONS)
    except TypeError:
        return encode_with(value, separators=(",", ":")).encode("ascii")


def encode_with(value: Any, **options: Any) -> str:
    """`value` as JSON by the standard library, with its options (`indent`, `sort_keys`, ...); else as `encode`."""
    try:
        return json.dumps(plain(value), **options)
    except RecursionError:
        raise ValueError("the value holds itself, or is nested too deeply for JSON") from None


def decode(text: str | bytes) -> Any:
    """The value of a JSON text; integers of any size are exact.

    Raises `ValueError` for what is not JSON, `NaN` and `Infinity` included, or is nested too deeply.
    """
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    if _LONG not in raw.translate(_DIGITS):
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            """Lone surrogates and a byte order mark are fine with the standard library, whose word is final."""
    return decode_with(text)


def decode_with(text: str | bytes, **options: Any) -> Any:
    """The value of a JSON text by the standard library, with its options."""
    options.setdefault("parse_constant", _refuse)
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
