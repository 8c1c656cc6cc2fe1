"""What passwords and addresses must be like; Dify's rules."""

import re
from typing import Final

from ..api import AccountsError

_STRONG: Final = re.compile(r"^(?=.*[a-zA-Z])(?=.*\d).{8,}$", re.DOTALL)
_EMAIL: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def check_strength(password: str) -> None:
    """Raise `AccountsError` unless the password has eight characters, with letters and digits."""
    if not _STRONG.match(password):
        raise AccountsError(
            "the password is too weak", hint="it needs at least 8 characters, among them letters and digits"
        )


def check_email(email: str) -> None:
    """Raise `AccountsError` unless it looks like an address."""
    if not _EMAIL.match(email):
        raise AccountsError(f"{email!r} is not an e-mail address", hint="write it like name@example.com")
