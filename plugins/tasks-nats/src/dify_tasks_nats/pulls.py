"""Requests for messages of queues, and what comes of them.

Messages come as they were sent; of each request that is not filled the server tells the end, on the request's inbox.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterable
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from dify_runtime_sdk.tasks import Delivery, Parcel

_log = logging.getLogger("dify_tasks_nats")

_ANSWER = 2.0
"""Seconds in which a server says that there is nothing."""
_LATE = 1.0
"""Seconds after its time that a request counts as lost, if nothing was heard of it."""
_NOTHING = ("404", "408", "409")
"""Ends of requests that are no errors: no messages, time over, too many requests."""


class Pulls:
    """Asks the consumers of a stream; messages gather in `stash`."""

    def __init__(self, stream: str) -> None:
        self.stash: deque[Delivery] = deque()
        self.lost = False
        """Whether a consumer was not there when it was asked."""
        self._stream = stream
        self._client: Client | None = None
        self._inbox = ""
        self._number = 0
        self._current, self._left = "", 0
        self._waiting: dict[str, tuple[str, float]] = {}
        self._answered = asyncio.Event()
        self._news = asyncio.Event()

    async def attach(self, client: Client) -> None:
        """Listen at the inboxes; when it reconnects the client does so anew."""
        if self._client is not client:
            self._inbox = client.new_inbox()
            await client.subscribe(f"{self._inbox}.now.*", cb=self._take_now)
            await client.subscribe(f"{self._inbox}.later.*", cb=self._take_later)
            self._client = client

    async def ask(self, consumer: str, amount: int) -> None:
        """Have what there is now, at most `amount`."""
        self._answered.clear()
        self._current, self._left = self._next_inbox("now"), amount
        await self._request(consumer, self._current, {"batch": amount, "no_wait": True})
        async with asyncio.timeout(_ANSWER):
            await self._answered.wait()

    async def wait(self, consumers: Iterable[str], seconds: float) -> None:
        """Wait for a message of any of these. A request that is still open stays so: it is not made twice."""
        self._news.clear()
        now = asyncio.get_running_loop().time()
        for consumer in consumers:
            if self._waiting.get(consumer, ("", 0.0))[1] < now:
                inbox = self._next_inbox("later")
                self._waiting[consumer] = (inbox, now + seconds + _LATE)
                await self._request(consumer, inbox, {"batch": 1, "expires": int(seconds * 1e9)})
        try:
            async with asyncio.timeout(seconds):
                while not self.stash and not self.lost:
                    await self._news.wait()
                    self._news.clear()
        except TimeoutError:
            pass

    def _next_inbox(self, kind: str) -> str:
        self._number += 1
        return f"{self._inbox}.{kind}.{self._number}"

    async def _request(self, consumer: str, inbox: str, wanted: dict[str, Any]) -> None:
        if self._client is not None:
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{consumer}"
            await self._client.publish(subject, json.dumps(wanted).encode(), reply=inbox)

    async def _take_now(self, message: Msg) -> None:
        if self._is_end(message):
            if message.subject == self._current:
                self._answered.set()
        else:
            await self._deliver(message)
            self._left -= 1
            if self._left <= 0:
                self._answered.set()

    async def _take_later(self, message: Msg) -> None:
        if self._is_end(message):
            ended = next((one for one, (inbox, _) in self._waiting.items() if inbox == message.subject), "")
        else:
            ended = await self._deliver(message)
        self._waiting.pop(ended, None)
        self._news.set()

    def _is_end(self, message: Msg) -> bool:
        """Whether this is the end of a request, not a message."""
        headers = message.headers or {}
        status = headers.get("Status")
        if status is not None and (status not in _NOTHING or "deleted" in headers.get("Description", "").lower()):
            self.lost = True
        return status is not None

    async def _deliver(self, message: Msg) -> str:
        """Take a message; returns the consumer it came by. What is no task is deleted: it would come for ever."""
        try:
            given = json.loads(message.data)
            self.stash.append(Delivery(Parcel(str(given["id"]), str(given["queue"])), message.reply))
        except (ValueError, KeyError, TypeError):
            _log.warning("a message on %s is no task and is deleted", message.subject)
            if self._client is not None:
                await self._client.publish(message.reply, b"+TERM")
        return message.subject.split(".")[1]
