"""The one connection on which a process hears what is published."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from redis import exceptions as faults

from ..mailbox import Mailbox
from .connections import Wire
from .failures import FAILURES
from .link import Link
from .tuning import Tuning

_log = logging.getLogger(__name__)


class Listener:
    """Shares one connection among all subscribers, and connects again for as long as it takes.

    A channel is listened to when the server has confirmed it, on the connection that there is now. Several requests for
    one channel can be on their way; each is confirmed, and only the last confirmation counts.
    """

    def __init__(self, link: Link, tuning: Tuning) -> None:
        self._link = link
        self._tuning = tuning
        self._wanted: dict[str, set[Mailbox]] = {}
        self._unconfirmed: Counter[str] = Counter()
        self._confirmed: set[str] = set()
        self._changed = asyncio.Condition()
        self._wire: Wire | None = None
        self._trouble: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._open = True

    async def add(self, mailbox: Mailbox, channels: Sequence[str]) -> None:
        """Deliver what is published in `channels`; returns when they are listened to, or raises `CacheError`."""
        if not self._open:
            raise self._link.closed()
        fresh = [channel for channel in dict.fromkeys(channels) if channel not in self._wanted]
        for channel in channels:
            self._wanted.setdefault(channel, set()).add(mailbox)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="cache-redis: subscribers")
        await self._send("SUBSCRIBE", fresh)
        try:
            async with asyncio.timeout(self._tuning.limit), self._changed:
                await self._changed.wait_for(lambda: self._confirmed.issuperset(channels))
        except TimeoutError:
            trouble = self._trouble or faults.ConnectionError("no confirmation of a subscription")
            raise self._link.failure(trouble) from None

    async def remove(self, mailbox: Mailbox, channels: Iterable[str]) -> None:
        """Deliver no more to `mailbox`."""
        stale = []
        for channel in dict.fromkeys(channels):
            mailboxes = self._wanted.get(channel, set())
            mailboxes.discard(mailbox)
            if not mailboxes and self._wanted.pop(channel, None) is not None:
                stale.append(channel)
        self._confirmed.difference_update(stale)
        await self._send("UNSUBSCRIBE", stale)

    async def close(self) -> None:
        """Disconnect; the iterators of whoever still listens end, and who comes later gets `CacheError`."""
        self._open = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        for mailboxes in self._wanted.values():
            for mailbox in mailboxes:
                mailbox.close()

    async def _send(self, command: str, channels: Sequence[str]) -> None:
        """Send on the connection if there is one; the next one begins with all that is wanted."""
        if self._wire is None or not channels:
            return
        if command == "SUBSCRIBE":
            self._unconfirmed.update(channels)
        with contextlib.suppress(*FAILURES):  # whoever reads from the connection sees it too
            await self._wire.send_command(command, *channels, check_health=False)

    async def _run(self) -> None:
        pauses = self._tuning.pauses()
        while True:
            try:
                self._wire = await self._link.connect()
                await self._send("SUBSCRIBE", list(self._wanted))
                await self._listen(self._wire)
            except FAILURES as error:
                self._trouble = error
                if self._confirmed:  # it was up: begin with short pauses
                    pauses = self._tuning.pauses()
                    _log.warning("subscribers lost their connection: %s", self._link.failure(error).message)
            finally:
                await self._disconnect()
            await asyncio.sleep(next(pauses))

    async def _disconnect(self) -> None:
        wire, self._wire = self._wire, None
        self._unconfirmed.clear()
        self._confirmed.clear()
        if wire is not None:
            with contextlib.suppress(*FAILURES):
                await wire.disconnect(nowait=True)

    async def _listen(self, wire: Wire) -> None:
        """Deliver what comes; raises when the connection is gone, or silent although asked."""
        asked = False
        while True:
            push = await wire.read_response(
                timeout=self._tuning.answer if asked else self._tuning.silence,
                disconnect_on_error=False,
                push_request=True,
            )
            if push is None:
                if asked:
                    raise faults.ConnectionError("silent although asked")
                await wire.send_command("PING", check_health=False)
            asked = push is None
            if isinstance(push, list):
                await self._take(push)

    async def _take(self, push: list[Any]) -> None:
        match push:
            case [b"message", bytes(channel), bytes(message)]:
                name = channel.decode()
                for mailbox in self._wanted.get(name, ()):
                    mailbox.put(name, message)
            case [b"subscribe", bytes(channel), _]:
                await self._confirm(channel.decode())

    async def _confirm(self, channel: str) -> None:
        self._unconfirmed[channel] -= 1
        if self._unconfirmed[channel] > 0:
            return
        del self._unconfirmed[channel]
        if channel in self._wanted:
            self._confirmed.add(channel)
            self._trouble = None
            async with self._changed:
                self._changed.notify_all()
