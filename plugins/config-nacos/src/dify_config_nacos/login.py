"""The access token: fetched when it is needed, kept until shortly before it expires."""

import time
from collections.abc import Awaitable, Callable

from .answers import Token

_MARGIN = 10.0
"""Seconds before its end at which a token is no longer used: a request takes time."""


class Login:
    """Keeps one token; `log_in` asks the server for a new one."""

    def __init__(self, log_in: Callable[[], Awaitable[Token]]) -> None:
        self._log_in = log_in
        self._value = ""
        self._until = 0.0

    async def token(self) -> str:
        """The token to send now."""
        if not self._value or time.monotonic() >= self._until:
            begun = time.monotonic()
            token = await self._log_in()
            self._value, self._until = token.value, begun + token.seconds - _MARGIN
        return self._value

    def forget(self) -> None:
        """The server did not take the token: get another one next time."""
        self._value = ""
