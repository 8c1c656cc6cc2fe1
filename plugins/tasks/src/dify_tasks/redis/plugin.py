"""The declaration of the plugin `tasks-redis`."""

from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Provides, Runtime, Service, hookimpl
from dify_runtime_sdk.tasks import TaskBroker

from ..settings import TaskSettings
from .settings import TaskRedisSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .broker import StreamBroker


class TasksRedisPlugin(Plugin):
    """Carries tasks from all processes to all workers by Redis Streams."""

    provides = (Provides("task-broker", key="redis"),)
    settings = TaskRedisSettings

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the broker; the server is asked for a sign of life on every readiness check."""
        return [Service(TaskBroker, _broker, check=_ping)]


async def _broker(runtime: Runtime) -> "AsyncIterator[StreamBroker]":
    from .broker import StreamBroker  # brings taskiq and redis-py, which only a selected broker needs

    broker = StreamBroker.of(runtime.settings(TaskRedisSettings), idle=runtime.settings(TaskSettings).TASK_LEASE)
    yield broker
    await broker.shutdown()


async def _ping(broker: Any) -> None:
    await broker.ping()
