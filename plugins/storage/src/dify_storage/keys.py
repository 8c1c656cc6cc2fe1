"""What a key may be: the same rules for every back end, so that objects can move from one to another."""

import re
import unicodedata
from typing import Final

from dify_runtime_sdk.storage import InvalidKeyError

MAX_KEY: Final = 1024
"""Bytes of a key in UTF-8: what S3 and its like allow."""
MAX_SEGMENT: Final = 255
"""Bytes between two `/`: what file systems allow."""

_DRIVE: Final = re.compile(r".:")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_key(key: str) -> None:
    """Raise `InvalidKeyError` unless `key` names one object inside the store, on every kind of store.

    A key is a relative path of segments joined by `/`. No segment is empty or made of dots and blanks alone, begins or
    ends with a blank, or begins like a drive (`c:`); there are no control characters and no backslashes. Characters
    that a store may normalise to any of these are refused too. Lengths are limited to `MAX_KEY` and `MAX_SEGMENT`.
    """
    reason = _objection(key) or (None if key.isascii() else _hidden_objection(key))
    if reason is not None:
        shown = key if len(key) <= 80 else f"{key[:80]}..."
        raise InvalidKeyError(
            f"key {shown!r} {reason}", hint="keys are relative paths, as `upload_files/tenant/id.pdf`"
        )


def check_prefix(prefix: str) -> None:
    """Raise `InvalidKeyError` unless keys can begin with `prefix`; its last segment may be cut off or empty."""
    directory, _, rest = prefix.rpartition("/")
    if directory or prefix.startswith("/"):
        check_key(directory)
    if unicodedata.normalize("NFKC", rest).strip(". "):
        check_key(rest.rstrip())
    elif len(rest) > MAX_SEGMENT:
        raise InvalidKeyError("prefix is too long", hint=f"at most {MAX_SEGMENT} bytes between two `/`")


def _objection(key: str) -> str | None:
    """Why the text as it stands is no key."""
    if not key:
        return "is empty"
    if _CONTROL.search(key):
        return "has control characters or halves of characters"
    if "\\" in key:
        return "has a backslash"
    if len(key.encode()) > MAX_KEY:
        return f"has more than {MAX_KEY} bytes"
    return next(filter(None, map(_segment_objection, key.split("/"))), None)


def _segment_objection(segment: str) -> str | None:
    if not segment:
        return "is absolute, or has an empty segment"
    if not segment.strip(". "):
        return "has a segment of dots or blanks"
    if segment != segment.strip():
        return "has a segment that begins or ends with a blank"
    if _DRIVE.match(segment):
        return "has a segment that begins like a drive"
    if len(segment.encode()) > MAX_SEGMENT:
        return f"has a segment of more than {MAX_SEGMENT} bytes"
    return None


def _hidden_objection(key: str) -> str | None:
    """Why what a store may make of the text is no key, or another one: to some, full-width `../` is `../`."""
    plain = unicodedata.normalize("NFKC", key)
    if plain.count("/") != key.count("/"):
        return "has characters that look like `/`"
    segments = plain.split("/")
    if "\\" in plain or any(not one.strip(". ") or _DRIVE.match(one) for one in segments):
        return "has characters that look like dots, backslashes or drives"
    return None
