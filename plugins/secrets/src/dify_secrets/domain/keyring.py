"""The secret key, and the former ones that still verify."""

from collections.abc import Iterable
from typing import Final

RECOMMENDED: Final = 32
"""Bytes that a key for HMAC-SHA256 should have at least."""
_SAMPLE: Final = "sk-9f73"
"""How the sample key begins that Dify's compose file comes with, which everybody knows."""


class Keyring:
    """Keys as bytes: the first signs, all verify. Never empty, and it shows none of them."""

    __slots__ = ("_keys",)

    def __init__(self, current: str, former: Iterable[str] = ()) -> None:
        """Raises `ValueError` when a key is empty."""
        keys = tuple(dict.fromkeys(key.encode() for key in (current, *former)))
        if b"" in keys:
            raise ValueError("a secret key is empty")
        self._keys = keys

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._keys)}>"

    @property
    def current(self) -> bytes:
        """The key that signs."""
        return self._keys[0]

    @property
    def all(self) -> tuple[bytes, ...]:
        """The keys that verify, the current one first."""
        return self._keys

    def replace(self, key: str) -> bool:
        """Sign with `key` from now on, the others still verify; False when it is the current one already."""
        new = key.encode()
        if new == self.current:
            return False
        self._keys = (new, *(old for old in self._keys if old != new))
        return True


def weakness(key: str) -> str | None:
    """What is wrong with a configured key, in words that do not show it; None when nothing is."""
    if key.startswith(_SAMPLE):
        return "is the sample key of Dify's compose file, which everybody knows"
    size = len(key.encode())
    if size < RECOMMENDED:
        return f"has {size} bytes, and should have {RECOMMENDED} or more"
    return None
