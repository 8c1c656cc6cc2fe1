"""JSON web tokens: HS256 and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt

from dify_runtime_sdk.secrets import InvalidTokenError, SecretsError

from .keyring import RECOMMENDED

LIMIT: Final = 8192
"""Characters of a token; what is longer is refused unread."""
LEEWAY: Final = 10.0
"""Seconds that the clocks of two machines may differ."""
_ALGORITHM: Final = "HS256"


def encode(claims: Mapping[str, Any], key: bytes) -> str:
    """A token of `claims`; raises `SecretsError` when they are too many, or the key is none for HMAC."""
    try:
        token = jwt.encode(dict(claims), _padded(key), algorithm=_ALGORITHM)
    except jwt.InvalidKeyError:
        raise SecretsError(
            "the secret key cannot sign tokens: it looks like an asymmetric key", hint="set SECRET_KEY to random text"
        ) from None
    if len(token) > LIMIT:
        raise SecretsError(f"the claims make a token of {len(token)} characters", hint=f"the limit is {LIMIT}")
    return token


def decode(token: str, keys: Iterable[bytes]) -> dict[str, Any]:
    """The claims of a token that one of `keys` signed, and that is valid now; raises `InvalidTokenError`."""
    if len(token) > LIMIT or not token.isascii():
        raise invalid()
    for key in keys:
        try:
            # algorithms is fixed: `none` and asymmetric ones in a token's header are refused before any key is used
            return jwt.decode(
                token, _padded(key), algorithms=[_ALGORITHM], options={"verify_aud": False}, leeway=LEEWAY
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError:
            break
    raise invalid()


def invalid() -> InvalidTokenError:
    """The one answer to every bad token, so that it tells a forger nothing."""
    return InvalidTokenError("the token is not valid")


def _padded(key: bytes) -> bytes:
    """The same key for HMAC, which itself fills a short one with zeros; so the library does not warn at each call."""
    return key.ljust(RECOMMENDED, b"\0")
