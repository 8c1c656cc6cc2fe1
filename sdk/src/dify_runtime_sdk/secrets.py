"""Secrets: the process's secret key and what is derived from it, passwords, and the tenants' keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import DifyRuntimeError


class SecretsError(DifyRuntimeError):
    """A key is missing or cannot be used; names which, never its value."""

    code = "secrets_error"


class InvalidTokenError(SecretsError):
    """A token is malformed, forged, expired, or meant for something else; all look alike to the caller."""

    code = "invalid_token"


class InvalidSignatureError(SecretsError):
    """A signed URL was altered, or its time is over."""

    code = "invalid_signature"


class DecryptionError(SecretsError):
    """A stored secret cannot be read with the tenant's keys."""

    code = "decryption_failed"


class Tokens(Protocol):
    """JSON web tokens signed with the secret key (HS256); a rotated-out key still verifies."""

    def issue(self, claims: Mapping[str, Any], *, lifetime: float | None = None) -> str:
        """Sign `claims`; with `lifetime` (seconds) the claim `exp` is added."""
        ...

    def verify(self, token: str, *, subject: str | None = None) -> dict[str, Any]:
        """The claims of a valid token whose `sub` is `subject`, if given; raises `InvalidTokenError`."""
        ...


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A stored password: `digest` and `salt` as Dify's columns `password` and `password_salt` hold them."""

    digest: str
    salt: str


class Passwords(Protocol):
    """Password hashing; slow by intent, so it runs off the event loop."""

    async def hash(self, password: str) -> PasswordHash:
        """Hash with the method that the operator chose for new passwords."""
        ...

    async def verify(self, password: str, stored: PasswordHash) -> bool:
        """Whether the password fits, whichever method hashed it; constant-time in the comparison."""
        ...

    def outdated(self, stored: PasswordHash) -> bool:
        """Whether to hash anew at the next successful login."""
        ...


class UrlSigner(Protocol):
    """Signatures of file URLs: HMAC-SHA256 over a text, with timestamp and nonce."""

    def sign(self, subject: str) -> dict[str, str]:
        """The query parameters `timestamp`, `nonce` and `sign` for `subject`, such as `file-preview|<id>`."""
        ...

    def verify(self, subject: str, *, timestamp: str, nonce: str, sign: str) -> None:
        """Return when the signature fits and is not too old; raises `InvalidSignatureError`."""
        ...


class TenantSecrets(Protocol):
    """Encryption of a tenant's credentials: RSA-wrapped AES, in the format of Dify's rows."""

    async def create(self, tenant_id: str) -> str:
        """Make the tenant's key pair, keep the private key in storage, and return the public key (PEM)."""
        ...

    async def encrypt(self, tenant_id: str, public_key: str, text: str) -> str:
        """Encrypt for the tenant with its public key (PEM); returns Base64."""
        ...

    async def decrypt(self, tenant_id: str, token: str) -> str:
        """Decrypt what `encrypt`, or Dify, wrote; raises `DecryptionError`."""
        ...

    async def decrypt_many(self, tenant_id: str, tokens: Mapping[str, str]) -> dict[str, str]:
        """Decrypt several values with one look-up of the key; raises `DecryptionError` naming the first bad one."""
        ...
