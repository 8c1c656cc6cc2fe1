"""How secrets are shown."""

from typing import Final

_SHORT: Final = 8


def masked(text: str) -> str:
    """A secret as it is shown: up to 8 characters as 20 stars, else its first 6, 12 stars and its last 2."""
    return "*" * 20 if len(text) <= _SHORT else f"{text[:6]}{'*' * 12}{text[-2:]}"
