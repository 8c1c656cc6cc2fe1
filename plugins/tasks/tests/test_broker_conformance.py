"""Both brokers keep the contract of the SDK."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from dify_database import Database
from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk.tasks import Delivery, Parcel, TaskBroker
from dify_runtime_sdk.testing.tasks import TaskBrokerSuite
from dify_tasks.clock import Clock
from dify_tasks.redis.broker import StreamBroker
from dify_tasks.rows.accepting import NewTask, accept
from dify_tasks.rows.broker import RowBroker
from dify_tasks.rows.ending import Ended, end
from dify_tasks.rows.taking import take
from plugins.tasks.tests.jobs import PLUGINS
from plugins.tasks.tests.redis_server import RedisServer

HOLDER = "the suite"


class RowLab:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock(database.dialect)

    @asynccontextmanager
    async def connect(self, consumer: str) -> AsyncIterator[TaskBroker]:
        yield RowBroker(self.database)

    async def accept(self, parcels: Sequence[Parcel]) -> None:
        new = [NewTask(one.id, "note", one.queue, "{}") for one in parcels]
        await self.database.write(partial(accept, clock=self.clock, tasks=new))

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        ids = [one.parcel.id for one in deliveries]
        await self.database.write(partial(take, clock=self.clock, ids=ids, holder=HOLDER, lease=2.0))

    async def end(self, deliveries: Sequence[Delivery]) -> None:
        ended = [Ended(one.parcel.id, "succeeded") for one in deliveries]
        await self.database.write(partial(end, clock=self.clock, runs=ended, holder=HOLDER))


class StreamLab:
    def __init__(self, server: RedisServer) -> None:
        self.url = f"redis://127.0.0.1:{server.port}/0"

    @asynccontextmanager
    async def connect(self, consumer: str) -> AsyncIterator[TaskBroker]:
        broker = StreamBroker(self.url, "Redis of the test", idle=2.0, consumer=consumer)
        yield broker
        await broker.shutdown()

    async def accept(self, parcels: Sequence[Parcel]) -> None:
        pass

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        pass

    async def end(self, deliveries: Sequence[Delivery]) -> None:
        pass


class TestRows(TaskBrokerSuite):
    """The rows as the queue, on both databases."""

    @pytest.fixture
    async def lab(self, database_settings: dict, runtime: RuntimeFactory) -> RowLab:
        parts = {name: plugin for name, plugin in PLUGINS.items() if name != "tasks-worker"}
        booted = await runtime(parts, roles={"job"}, settings=database_settings)
        return RowLab(await booted.services.get(Database))


class TestStreams(TaskBrokerSuite):
    """Redis Streams."""

    @pytest.fixture
    def lab(self, redis_server: RedisServer) -> StreamLab:
        return StreamLab(redis_server)
