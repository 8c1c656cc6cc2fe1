"""Messages between processes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..mailbox import Mailbox
from .link import Link
from .listener import Listener


class RedisPubSub:
    """Publishing, and subscribers that share one connection; see `dify_runtime_sdk.cache.PubSub`."""

    def __init__(self, link: Link, listener: Listener, backlog: int) -> None:
        self._link = link
        self._listener = listener
        self._backlog = backlog

    async def publish(self, channel: str, message: bytes) -> None:
        """Send to all current subscribers; in a cluster, to those at any node."""
        await self._link.call("PUBLISH", channel, message, resend=False)

    @asynccontextmanager
    async def subscribe(self, *channels: str) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Listen inside the block."""
        mailbox = Mailbox(self._backlog)
        try:
            await self._listener.add(mailbox, channels)
            yield mailbox
        finally:
            mailbox.close()
            await self._listener.remove(mailbox, channels)
