"""The service `UrlSigner`."""

import secrets
import time
from collections.abc import Callable

from ..domain import urls
from ..domain.keyring import Keyring


class UrlSignerService:
    """Signatures of file links, good for `timeout` seconds; satisfies `dify_runtime_sdk.secrets.UrlSigner`."""

    def __init__(self, keyring: Keyring, timeout: float, *, clock: Callable[[], float] = time.time) -> None:
        self._keyring = keyring
        self._timeout = timeout
        self._clock = clock

    def sign(self, subject: str) -> dict[str, str]:
        """The query parameters `timestamp`, `nonce` and `sign` for `subject`."""
        timestamp, nonce = str(int(self._clock())), secrets.token_hex(urls.NONCE_BYTES)
        sign = urls.signature(self._keyring.current, subject, timestamp, nonce)
        return {"timestamp": timestamp, "nonce": nonce, "sign": sign}

    def verify(self, subject: str, *, timestamp: str, nonce: str, sign: str) -> None:
        """Return when the signature fits and is not too old; raises `InvalidSignatureError`."""
        urls.check_form(timestamp, nonce)
        urls.check_signature(self._keyring.all, subject, timestamp, nonce, sign)
        urls.check_time(timestamp, now=self._clock(), timeout=self._timeout)
