"""How secrets are shown, and how a form says that one is unchanged."""

from typing import Final

HIDDEN: Final = "[__HIDDEN__]"
"""In a submitted form: keep the stored secret."""


def mask(text: str) -> str:
    """A secret as it is shown: up to 8 characters as 20 stars, else its first 6, 12 stars and its last 2."""
    if len(text) <= 8:
        return "*" * 20
    return f"{text[:6]}{'*' * 12}{text[-2:]}"
