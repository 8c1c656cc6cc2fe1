"""taskiq-redis's stream broker, corrected.

| taskiq-redis | here |
|---|---|
| entries of a dead worker are looked for after a new message came | looked for every few seconds |
| a task that runs longer than `idle_timeout` starts again elsewhere | entries that are worked on are kept |
| a stream grows for ever, or loses what was not read | an entry is deleted when it is done |
| what was sent before the first worker ever came is lost | the group begins at the first entry |
| one worker takes a hundred messages ahead | as many as it has room for, urgent queues first |
| a message may be sent twice | once per task, as long as it is held |
"""

import os
import socket
import time
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import chain
from typing import Any, Final, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from taskiq import AckableMessage, BrokerMessage
from taskiq_redis import RedisStreamBroker

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.tasks import Delivery, Parcel, TaskBrokerError

from .address import locate
from .scripts import DONE, LEAVE, RECEIVE, SEND
from .settings import TaskRedisSettings

_GROUP: Final = "dify_runtime"
_LONGEST_BLOCK: Final = 2.0
"""Seconds of one blocking read; below the time limit of an answer."""
_CONNECT, _ANSWER = 2.0, 5.0
"""Seconds a server may take to accept a connection, and to answer."""
_DEAD: Final = 3600.0
"""Seconds after which a consumer that did nothing is forgotten."""

type Receipt = tuple[str, str]
"""Stream and entry."""


class StreamBroker(RedisStreamBroker):
    """A `TaskBroker` on streams, one per queue; for plain taskiq a broker too, whose messages are ids of tasks."""

    def __init__(self, url: str, where: str, *, idle: float, consumer: str, **options: Any) -> None:
        """`idle`: seconds after which an entry that nobody keeps is given to others."""
        super().__init__(
            url,
            consumer_group_name=_GROUP,
            consumer_name=consumer,
            max_connection_pool_size=16,
            socket_connect_timeout=_CONNECT,
            socket_timeout=_ANSWER,
            protocol=2,
            decode_responses=True,
            **options,
        )
        self._where = where
        self._idle = idle
        self._stash: deque[Delivery] = deque()
        self._known: set[str] = set()
        self._claimed_at = 0.0
        self._redis: Any = Redis(connection_pool=self.connection_pool)

    @classmethod
    def of(cls, settings: TaskRedisSettings, *, idle: float) -> Self:
        """The broker that the settings mean; connects at first use. Raises `SettingsError`."""
        url, where, options = locate(settings)
        try:
            return cls(url, where, idle=idle, consumer=f"{socket.gethostname()}:{os.getpid()}", **options)
        except ValueError:
            raise SettingsError("CELERY_BROKER_URL is not the URL of a Redis") from None  # the cause would show it

    async def ping(self) -> None:
        """Ask the server for a sign of life; raises `TaskBrokerError`."""
        async with self._asking():
            await self._redis.ping()

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Add entries, except for tasks that have one."""
        by_queue: dict[str, list[str]] = defaultdict(list)
        for parcel in parcels:
            by_queue[parcel.queue].append(parcel.id)
        async with self._asking():
            for queue, ids in by_queue.items():
                await self._redis.eval(SEND, 2, _stream(queue), _held(queue), *ids)

    async def receive(self, queues: Sequence[str], *, limit: int, wait: float) -> Sequence[Delivery]:
        """Hand out what others left, what is new, or what comes while waiting."""
        streams = [_stream(queue) for queue in queues]
        if not self._stash:
            async with self._asking():
                try:
                    await self._fill(streams, limit, wait)
                except ResponseError as error:
                    if "NOGROUP" not in str(error):
                        raise
                    self._known.clear()  # the server lost its data: groups are made anew
        return [self._stash.popleft() for _ in range(min(limit, len(self._stash)))]

    async def _fill(self, streams: Sequence[str], limit: int, wait: float) -> None:
        """Put what is there to be received into the stash."""
        for stream in streams:
            if stream not in self._known:
                await self._join(stream)
        if time.monotonic() > self._claimed_at + self._idle / 5:
            for stream in streams:
                await self._claim(stream, limit)
            self._claimed_at = time.monotonic()
        if not self._stash:
            keys = (len(streams), *streams)
            found = await self._redis.eval(RECEIVE, *keys, _GROUP, self.consumer_name, limit)
            self._stash.extend(_delivery(*one) for one in found)
        if not self._stash:
            await self._wait(streams, wait)

    async def _join(self, stream: str) -> None:
        """Make the group, and forget consumers that are long dead."""
        with suppress(ResponseError):  # it is there
            await self._redis.xgroup_create(stream, _GROUP, id="0", mkstream=True)
        for one in await self._redis.xinfo_consumers(stream, _GROUP):
            if one["idle"] > _DEAD * 1000:
                await self._redis.eval(LEAVE, 1, stream, _GROUP, one["name"])
        self._known.add(stream)

    async def _claim(self, stream: str, limit: int) -> None:
        idle = int(self._idle * 1000)
        _, entries, *_ = await self._redis.xautoclaim(stream, _GROUP, self.consumer_name, idle, count=limit)
        self._stash.extend(_delivery(stream, entry, values["task"]) for entry, values in entries if values)

    async def _wait(self, streams: Sequence[str], wait: float) -> None:
        block = max(1, int(min(wait, _LONGEST_BLOCK) * 1000))
        fresh = dict.fromkeys(streams, ">")
        for stream, entries in await self._redis.xreadgroup(_GROUP, self.consumer_name, fresh, count=1, block=block):
            self._stash.extend(_delivery(stream, entry, values["task"]) for entry, values in entries)

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Reset the idle time of entries."""
        async with self._asking():
            for stream, ones in _by_stream([*deliveries, *self._stash]).items():
                ids = [one.receipt[1] for one in ones]
                with suppress(ResponseError):  # the server lost its data
                    await self._redis.xclaim(stream, _GROUP, self.consumer_name, 0, ids, justid=True)

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        """Delete entries."""
        async with self._asking():
            for stream, ones in _by_stream(deliveries).items():
                pairs = chain.from_iterable((one.receipt[1], one.parcel.id) for one in ones)
                with suppress(ResponseError):  # as above
                    await self._redis.eval(DONE, 2, stream, _held_beside(stream), _GROUP, *pairs)

    async def kick(self, message: BrokerMessage) -> None:
        """Send, as taskiq says it."""
        await self.send([Parcel(message.task_id, message.labels.get("queue_name") or self.queue_name)])

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Receive, as taskiq says it: from `queue_name` and `additional_streams`."""
        queues = (self.queue_name, *self.additional_streams)
        while True:
            for one in await self.receive(queues, limit=1, wait=_LONGEST_BLOCK):
                yield AckableMessage(data=one.parcel.id.encode(), ack=partial(self.done, [one]))

    async def startup(self) -> None:
        """Nothing: groups are made at first use, and again when they are lost."""

    async def shutdown(self) -> None:
        """Take leave of the groups and disconnect."""
        with suppress(TaskBrokerError):
            async with self._asking():
                for stream in self._known:
                    with suppress(ResponseError):
                        await self._redis.eval(LEAVE, 1, stream, _GROUP, self.consumer_name)
        await super().shutdown()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise TaskBrokerError(
                f"{self._where} does not take tasks: {type(error).__name__}", hint="check REDIS_* or CELERY_BROKER_URL"
            ) from error


def _stream(queue: str) -> str:
    return f"dify:tasks:{{{queue}}}"


def _held(queue: str) -> str:
    return _held_beside(_stream(queue))


def _held_beside(stream: str) -> str:
    return f"{stream}:held"


def _delivery(stream: str, entry: str, task: str) -> Delivery:
    queue = stream.partition("{")[2].removesuffix("}")
    return Delivery(Parcel(task, queue), (stream, entry))


def _by_stream(deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        found[one.receipt[0]].append(one)
    return found
