"""Signatures of file links: HMAC-SHA256 over `subject|timestamp|nonce`, in URL-safe Base64 with padding."""

import base64
import hmac
import re
from collections.abc import Iterable
from typing import Final

from dify_runtime_sdk.secrets import InvalidSignatureError

NONCE_BYTES: Final = 16
"""Random bytes of a nonce, which is written in hexadecimal."""
CLOCK_SKEW: Final = 60.0
"""Seconds that a link may come from the future: the clocks of two machines differ."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_NONCE: Final = re.compile(rf"[0-9a-f]{{{2 * NONCE_BYTES}}}")


def signature(key: bytes, subject: str, timestamp: str, nonce: str) -> str:
    """The parameter `sign` of a link."""
    message = f"{subject}|{timestamp}|{nonce}".encode(errors="surrogatepass")
    return base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode()


def check_form(timestamp: str, nonce: str) -> None:
    """Refuse parameters that no signer wrote; raises `InvalidSignatureError`.

    Neither can hold a `|` then, so nobody can move the borders between the fields of a signed text.
    """
    if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        raise InvalidSignatureError("the link is malformed")


def check_signature(keys: Iterable[bytes], subject: str, timestamp: str, nonce: str, sign: str) -> None:
    """Return when one of `keys` made `sign`, compared in constant time; raises `InvalidSignatureError`."""
    given = sign.encode(errors="surrogatepass")
    expected = (signature(key, subject, timestamp, nonce).encode() for key in keys)
    if not any(hmac.compare_digest(given, one) for one in expected):
        raise InvalidSignatureError("the signature of the link does not fit")


def check_time(timestamp: str, *, now: float, timeout: float) -> None:
    """Return when a link of `timestamp` is good at `now` (Unix time); raises `InvalidSignatureError`."""
    age = now - int(timestamp)
    if age > timeout:
        raise InvalidSignatureError("the link has expired")
    if age < -CLOCK_SKEW:
        raise InvalidSignatureError("the link is from the future", hint="the clocks of the machines differ")
