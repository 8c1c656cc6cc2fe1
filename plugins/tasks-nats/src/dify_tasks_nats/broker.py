"""A `TaskBroker` on JetStream: one stream, one consumer per queue.

| what a broker must do | how JetStream does it |
|---|---|
| hold a task once | one message per subject, and every task has a subject of its own |
| give a dead worker's tasks to others | a message that nobody keeps is delivered again after the lease |
| not give a long task to two | working on it is reported, which begins its time anew |
| not grow | a work queue: an acknowledged message is deleted |
| serve urgent queues first | queues are asked in their order |
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from dify_runtime_sdk.tasks import Delivery, Parcel, TaskBrokerError

from .connection import Connection
from .names import subject, subjects, word
from .pulls import Pulls
from .settings import NatsSettings

_ANSWER: Final = 5.0
"""Seconds that an answer may take."""
_HELD: Final = 10077
"""JetStream's code for a subject that has as many messages as it may."""
_STREAM_IS_THERE: Final = 10058
"""JetStream's code for a stream that was made with other settings."""


class JetStreamBroker:
    """Satisfies `TaskBroker`."""

    def __init__(self, connection: Connection, settings: NatsSettings, *, idle: float) -> None:
        """`idle`: seconds after which a message that nobody keeps is given to others."""
        self._connection = connection
        self._stream = settings.TASK_NATS_STREAM
        self._replicas = settings.TASK_NATS_REPLICAS
        self._idle = idle
        self._made = False
        self._consumers: set[str] = set()
        self._pulls = Pulls(self._stream)

    async def ping(self) -> None:
        """Ask the server for a sign of life; raises `TaskBrokerError`."""
        async with self._connection.asking() as (client, _):
            await client.flush(timeout=2)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Store messages, except for tasks that have one."""
        async with self._connection.asking() as (client, stream):
            await self._make_stream(stream)
            try:
                await self._publish(client, parcels)
            except NoRespondersError:  # the server lost its data
                self._made = False
                await self._make_stream(stream)
                await self._publish(client, parcels)

    async def _publish(self, client: Client, parcels: Sequence[Parcel]) -> None:
        """Send all at once, and read the answers; the client's own ways take turns, or hide refusals."""
        asked = [
            client.request(subject(self._stream, one.queue, one.id), _message(one), timeout=_ANSWER) for one in parcels
        ]
        for answer in await asyncio.gather(*asked):
            error = json.loads(answer.data).get("error")
            if error is not None and error.get("err_code") != _HELD:
                raise APIError(**{name: error.get(name) for name in ("code", "err_code", "description")})

    async def receive(self, queues: Sequence[str], *, limit: int, wait: float) -> Sequence[Delivery]:
        """What is there, queue by queue; if there is nothing, what comes."""
        pulls = self._pulls
        if not pulls.stash:
            async with self._connection.asking() as (client, stream):
                await pulls.attach(client)
                await self._make_consumers(stream, queues)
                for queue in queues:
                    if len(pulls.stash) < limit and not pulls.lost:
                        await pulls.ask(word(queue), limit - len(pulls.stash))
                if not pulls.stash and not pulls.lost:
                    await pulls.wait([word(queue) for queue in queues], wait)
        return [pulls.stash.popleft() for _ in range(min(limit, len(pulls.stash)))]

    async def _make_stream(self, stream: JetStreamContext) -> None:
        if self._made:
            return
        wanted = StreamConfig(
            name=self._stream,
            subjects=[f"{self._stream}.*.*"],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            discard_new_per_subject=True,
            max_msgs_per_subject=1,
            num_replicas=self._replicas,
        )
        try:
            await stream.add_stream(wanted)
        except APIError as error:
            if error.err_code != _STREAM_IS_THERE:  # an operator may have changed it
                raise
        self._made = True

    async def _make_consumers(self, stream: JetStreamContext, queues: Sequence[str]) -> None:
        if self._pulls.lost:
            self._made, self._pulls.lost = False, False
            self._consumers.clear()
        missing = [queue for queue in queues if queue not in self._consumers]
        if missing:
            await self._make_stream(stream)
        for queue in missing:
            wanted = ConsumerConfig(
                durable_name=word(queue),
                filter_subject=subjects(self._stream, queue),
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=self._idle,
                max_ack_pending=-1,
            )
            try:
                await stream.add_consumer(self._stream, wanted)
            except NotFoundError:
                self._pulls.lost = True  # the stream has gone: next time
                return
            self._consumers.add(queue)

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Report that these are worked on."""
        await self._answer(b"+WPI", [*deliveries, *self._pulls.stash])

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge these, which deletes them; waits until they are, else a task sent anew would be one too many."""
        if not deliveries:
            return
        async with self._connection.asking() as (client, _):
            await asyncio.gather(*(self._delete(client, one.receipt) for one in deliveries))

    async def _delete(self, client: Client, receipt: str) -> None:
        with suppress(NoRespondersError):  # the server lost its data
            await client.request(receipt, b"+ACK", timeout=_ANSWER)

    async def _answer(self, word_of_it: bytes, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        async with self._connection.asking() as (client, _):
            for one in deliveries:
                await client.publish(one.receipt, word_of_it)
            await client.flush(timeout=5)

    async def close(self) -> None:
        """Give back what was received and not handed out, and disconnect."""
        with suppress(TaskBrokerError):
            await self._answer(b"-NAK", list(self._pulls.stash))
        await self._connection.close()


def _message(parcel: Parcel) -> bytes:
    return json.dumps({"id": parcel.id, "queue": parcel.queue}).encode()
