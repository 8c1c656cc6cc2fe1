"""Messages between the tasks of a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..mailbox import Mailbox

_LIMIT = 1024
"""Messages a subscriber may be behind before it loses some."""


class LocalPubSub:
    """Subscribers by channel; see `dify_runtime_sdk.cache.PubSub`."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._channels: dict[str, set[Mailbox]] = {}

    async def publish(self, channel: str, message: bytes) -> None:
        """Send to all current subscribers."""
        for mailbox in self._channels.get(channel, ()):
            mailbox.put(channel, bytes(message))

    @asynccontextmanager
    async def subscribe(self, *channels: str) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Listen inside the block."""
        mailbox = Mailbox(self._limit)
        for channel in channels:
            self._channels.setdefault(channel, set()).add(mailbox)
        try:
            yield mailbox
        finally:
            mailbox.close()
            for channel in set(channels):
                self._channels[channel].discard(mailbox)
                if not self._channels[channel]:
                    del self._channels[channel]

    def close(self) -> None:
        """End the iterators of whoever still listens."""
        for mailboxes in self._channels.values():
            for mailbox in mailboxes:
                mailbox.close()
