"""The service `Tokens`."""

import time
from collections.abc import Mapping
from typing import Any

from ..domain import tokens
from ..domain.keyring import Keyring


class TokenService:
    """Tokens signed with the secret key; satisfies `dify_runtime_sdk.secrets.Tokens`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def issue(self, claims: Mapping[str, Any], *, lifetime: float | None = None) -> str:
        """Sign `claims`; with `lifetime` (seconds) the claim `exp` is added."""
        expiry = {} if lifetime is None else {"exp": int(time.time() + lifetime)}
        return tokens.encode({**claims, **expiry}, self._keyring.current)

    def verify(self, token: str, *, subject: str | None = None) -> dict[str, Any]:
        """The claims of a valid token whose `sub` is `subject`, if given; raises `InvalidTokenError`."""
        claims = tokens.decode(token, self._keyring.all)
        if subject is not None and claims.get("sub") != subject:
            raise tokens.invalid()
        return claims
