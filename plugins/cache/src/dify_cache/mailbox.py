"""The bounded queue between a publisher and one subscriber."""

import asyncio
import logging
from collections import deque

_log = logging.getLogger(__name__)


class Mailbox:
    """The messages of one subscriber, as an asynchronous iterator of (channel, message).

    It holds at most `limit` messages: a subscriber that falls behind loses the oldest, and holds up nobody else.
    """

    def __init__(self, limit: int) -> None:
        self._messages: deque[tuple[str, bytes]] = deque(maxlen=limit)
        self._news = asyncio.Event()
        self._closed = False
        self._warned = False

    def put(self, channel: str, message: bytes) -> None:
        """Add a message; the oldest gives way when the box is full."""
        if len(self._messages) == self._messages.maxlen:
            self._lose(channel)
        self._messages.append((channel, message))
        self._news.set()

    def close(self) -> None:
        """Take no more: the iterator ends after what is in the box."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> "Mailbox":
        return self

    async def __anext__(self) -> tuple[str, bytes]:
        while not self._messages:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._messages.popleft()

    def _lose(self, channel: str) -> None:
        if not self._warned:
            _log.warning("a subscriber of channel %r reads too slowly and loses its oldest messages", channel)
        self._warned = True
