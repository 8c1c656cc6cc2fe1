"""Stored passwords: Dify's PBKDF2 in two columns, and Argon2 as a text of its own in the first of them."""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final, Literal

from dify_runtime_sdk.secrets import PasswordHash, SecretsError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

type Method = Literal["pbkdf2", "argon2"]

LIMIT: Final = 1024
"""Bytes (UTF-8) of a password; nobody types more."""
_ITERATIONS: Final = 10_000
_SALT_BYTES: Final = 16
_ARGON2: Final = "$argon2"


class UnusablePasswordError(SecretsError):
    """A new password is too long, or is not text; never shows it."""

    code = "unusable_password"


def hash_password(password: str, method: Method) -> PasswordHash:
    """Hash a new password; raises `UnusablePasswordError`. Slow by intent."""
    secret = _encoded(password)
    if secret is None:
        raise UnusablePasswordError("the password cannot be used", hint=f"it may have up to {LIMIT} bytes of text")
    if method == "argon2":
        return PasswordHash(_argon2().hash(secret), "")
    salt = secrets.token_bytes(_SALT_BYTES)
    return PasswordHash(_pbkdf2(secret, salt).decode(), base64.b64encode(salt).decode())


def verify_password(password: str, stored: PasswordHash) -> bool:
    """Whether the password fits, whichever method hashed it; nothing fits a malformed hash. Slow by intent."""
    secret = _encoded(password)
    if secret is None:
        return False
    return _fits_argon2(secret, stored) if _method(stored) == "argon2" else _fits_pbkdf2(secret, stored)


def is_outdated(stored: PasswordHash, method: Method) -> bool:
    """Whether a new hash by `method` would be another kind of hash, or one with other costs."""
    if _method(stored) != method:
        return True
    if method == "pbkdf2":
        return False
    from argon2.exceptions import InvalidHashError  # as in `_argon2`

    try:
        return _argon2().check_needs_rehash(stored.digest)
    except InvalidHashError:
        return True


def _encoded(password: str) -> bytes | None:
    """The password as bytes; None when it is too long, or cannot be encoded (a lone surrogate)."""
    try:
        secret = password.encode()
    except UnicodeEncodeError:
        return None
    return secret if len(secret) <= LIMIT else None


def _method(stored: PasswordHash) -> Method:
    return "argon2" if stored.digest.startswith(_ARGON2) else "pbkdf2"


def _pbkdf2(secret: bytes, salt: bytes) -> bytes:
    """The column `password`: hexadecimal digits, in Base64."""
    return base64.b64encode(binascii.hexlify(hashlib.pbkdf2_hmac("sha256", secret, salt, _ITERATIONS)))


def _fits_pbkdf2(secret: bytes, stored: PasswordHash) -> bool:
    try:
        salt = base64.b64decode(stored.salt, validate=True)
        digest = stored.digest.encode("ascii")
    except ValueError:
        return False
    return hmac.compare_digest(_pbkdf2(secret, salt), digest)


def _fits_argon2(secret: bytes, stored: PasswordHash) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # as in `_argon2`

    try:
        return _argon2().verify(stored.digest, secret)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _argon2() -> "PasswordHasher":
    """The hasher, with the costs that RFC 9106 recommends where memory is limited (64 MiB)."""
    from argon2 import PasswordHasher, profiles  # only where Argon2 is used, and then in a worker thread

    return PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
