"""The declaration of the plugin `tasks-nats`."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.tasks import TaskBroker

from .settings import NatsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .broker import JetStreamBroker


class TasksNatsPlugin(Plugin):
    """Carries tasks from all processes to all workers by NATS JetStream: `TASK_BROKER=nats`."""

    provides = (Provides("task-broker", key="nats"),)
    settings = NatsSettings

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the broker; the server is asked for a sign of life on every readiness check."""
        return [Service(TaskBroker, _broker, check=_ping)]


async def _broker(runtime: Runtime) -> "AsyncIterator[JetStreamBroker]":
    import asyncio
    from importlib import import_module

    await asyncio.to_thread(import_module, "nats")  # the client takes a while to import: requests go on meanwhile
    from .broker import JetStreamBroker
    from .connection import Connection

    settings = runtime.settings(NatsSettings)
    broker = JetStreamBroker(Connection(settings), settings, idle=settings.TASK_LEASE)
    yield broker
    await broker.close()


async def _ping(broker: Any) -> None:
    await broker.ping()
