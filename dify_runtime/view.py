"""A plugin's own view of its runtime: the SDK's `Runtime` protocol, with the plugin's name on every call."""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import ServiceError, Settings
from dify_runtime_sdk.events import Events
from dify_runtime_sdk.interceptors import Interceptors

if TYPE_CHECKING:
    from .assembly import Assembly

_log = logging.getLogger(__name__)


class ServiceAccess:
    """Look-up of services on behalf of one plugin; satisfies `dify_runtime_sdk.Services`."""

    __slots__ = ("_assembly", "_plugin")

    def __init__(self, assembly: "Assembly", plugin: str) -> None:
        self._assembly = assembly
        self._plugin = plugin

    async def get[T](self, key: type[T]) -> T:
        """The service under `key`, made now if this is its first use."""
        registry = self._assembly.contributed.services
        if registry is None:
            hint = "hooks of the phase contribute may not look services up"
            raise ServiceError(f"plugin {self._plugin!r} looked up {key!r} before all had contributed", hint=hint)
        value: T = await registry.get(key, self._plugin)
        return value

    def offered(self, key: type[Any]) -> bool:
        """Whether some plugin offers `key`."""
        registry = self._assembly.contributed.services
        return registry is not None and registry.offered(key)


class PluginView:
    """What one plugin sees; satisfies `dify_runtime_sdk.Runtime`."""

    def __init__(self, assembly: "Assembly", plugin: str) -> None:
        self._assembly = assembly
        self._plugin = plugin
        self._tasks: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"<view of plugin {self._plugin!r}>"

    @property
    def roles(self) -> frozenset[str]:
        """The roles of this process."""
        return self._assembly.roles

    @property
    def embedded(self) -> bool:
        """Whether this is the default of everything in one process."""
        return self._assembly.bootstrap.embedded

    @property
    def home(self) -> Path:
        """The directory that holds everything the embedded default writes."""
        return self._assembly.home

    @property
    def services(self) -> "ServiceAccess":
        """Look-up of services, on behalf of this plugin."""
        return ServiceAccess(self._assembly, self._plugin)

    @property
    def events(self) -> Events:
        """Publication of typed events."""
        return self._assembly.contributed.events

    @property
    def interceptors(self) -> Interceptors:
        """The chains around calls."""
        return self._assembly.contributed.interceptors

    def settings[S: Settings](self, model: type[S]) -> S:
        """The validated settings of `model`."""
        return self._assembly.store.get(model)

    def contributions(self, hook: str) -> list[tuple[str, Any]]:
        """What the plugins returned from `hook`, as (plugin name, value) in the resolved order."""
        return self._assembly.contributed.collect(hook)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """Run `work` in the background until it ends or this plugin stops."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._plugin}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background task %r failed", task.get_name(), exc_info=error)

    async def cancel_tasks(self) -> None:
        """Cancel what this plugin left running, and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class Views:
    """The views of a runtime by plugin, made at first use."""

    def __init__(self, assembly: "Assembly") -> None:
        self._assembly = assembly
        self._views: dict[str, PluginView] = {}

    def __call__(self, plugin: str) -> PluginView:
        """The view of `plugin`."""
        view = self._views.get(plugin)
        if view is None:
            view = self._views[plugin] = PluginView(self._assembly, plugin)
        return view
