"""Starts and stops: level by level within a time budget, and back in reverse, also after half a start."""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from dify_runtime_sdk import DifyRuntimeError, Plugin

from .assembly import Assembly
from .errors import PluginFailure
from .records import State, describe
from .services import ServiceRegistry
from .view import PluginView

_log = logging.getLogger(__name__)

SLOW_START = 5.0
"""Seconds after which plugins that are still starting are named in the log."""


class Lifespan:
    """One plugin's start and stop, in one task: what enters a context there leaves it there."""

    def __init__(self, plugin: Plugin, view: PluginView) -> None:
        self._plugin = plugin
        self._view = view
        self._leave = asyncio.Event()
        self._up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the plugin; returns when it is up, raises what it raised."""
        kind = type(self._plugin)
        if kind.start is Plugin.start and kind.stop is Plugin.stop:
            return
        self._task = asyncio.create_task(self._run(), name=f"lifespan of {self._plugin.name}")
        await asyncio.wait((self._up, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not self._up.done():
            await self._task

    async def _run(self) -> None:
        try:
            started = self._plugin.start(self._view)
            if isinstance(started, AbstractAsyncContextManager):
                async with started:
                    await self._stay()
            else:
                await started
                await self._stay()
        finally:
            await self._plugin.stop()

    async def _stay(self) -> None:
        self._up.set_result(None)
        await self._leave.wait()

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109 - the budget is part of the contract
        """Stop the plugin within `timeout` seconds and cancel what it left running; raises what it raised."""
        try:
            if self._task is not None:
                await self._end(self._task, timeout)
        finally:
            await self._view.cancel_tasks()

    async def _end(self, task: asyncio.Task[None], timeout: float) -> None:  # noqa: ASYNC109 - see `stop`
        self._leave.set()
        if not self._up.done():
            task.cancel()
        done, _ = await asyncio.wait((task,), timeout=timeout)
        if not done:
            task.cancel()
            await asyncio.wait((task,), timeout=timeout)
            raise TimeoutError(f"still stopping after {timeout:g} s")
        if not task.cancelled() and self._up.done():
            task.result()


class Lifecycle:
    """Starts the plugins of an assembly, and stops those it started."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._ledger = assembly.ledger
        self._lifespans: dict[str, Lifespan] = {}
        self._watcher: asyncio.Task[None] | None = None
        self.serving = False

    @property
    def _services(self) -> ServiceRegistry:
        services = self._assembly.contributed.services
        if services is None:
            raise RuntimeError("started before all had contributed")
        return services

    async def start(self) -> None:
        """Start level by level; raises `BootError` when a failure stops the boot. `stop` must follow either way."""
        levels: dict[int, list[str]] = {}
        for name in self._assembly.starting:
            levels.setdefault(self._assembly.resolution.levels[name], []).append(name)
        for level in sorted(levels):
            ready = [name for name in levels[level] if self._ledger.records[name].state is State.READY]
            await self._start_level(ready)
            self._ledger.checkpoint()
        for record in self._ledger.records.values():
            _log.debug("plugin %s: %s", record.name, record.to_json())
        self._watcher = asyncio.create_task(self._watch(), name="remote settings")
        self.serving = True

    async def _start_level(self, names: list[str]) -> None:
        """Start plugins concurrently; a fatal failure cuts the others short."""
        tasks = {asyncio.create_task(self._start_one(name)): name for name in names}
        pending = set(tasks)
        began = time.monotonic()
        try:
            while pending and not self._ledger.fatal:
                done, pending = await asyncio.wait(pending, timeout=SLOW_START, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    waiting = ", ".join(sorted(tasks[task] for task in pending))
                    _log.warning("still starting after %.0f s: %s", time.monotonic() - began, waiting)
        finally:
            await _cancelled(pending)

    async def _start_one(self, name: str) -> None:
        record, budget = self._ledger.records[name], self._assembly.bootstrap.DIFY_PLUGINS_START_TIMEOUT
        lifespan = self._lifespans[name] = Lifespan(self._assembly.plugins[name], self._assembly.views(name))
        self._services.starting.add(name)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(budget):
                await lifespan.start()
        except TimeoutError as error:
            self._failed(name, self._overdue(name, budget) if _is_ours(error) else error)
        except Exception as error:  # a plugin's own code runs here; what it raises is its failure
            self._failed(name, error)
        else:
            record.state = State.STARTED
        finally:
            self._services.starting.discard(name)
            record.start_ms = (time.perf_counter() - began) * 1000

    def _overdue(self, name: str, budget: float) -> PluginFailure:
        others = sorted(self._services.starting - {name})
        waiting = f"; also still starting: {', '.join(others)}" if others else ""
        reason = f"still starting after {budget:g} s{waiting}"
        return PluginFailure(name, "start", reason, hint="raise DIFY_PLUGINS_START_TIMEOUT if it needs longer")

    def _failed(self, name: str, error: BaseException) -> None:
        """Record a failed start and take its dependants out."""
        self._ledger.fail(name, "start", error)
        # a boot that stops shows its reasons itself, and a typed error says all in its message
        trace = None if self._ledger.fatal or isinstance(error, DifyRuntimeError) else error
        _log.error("plugin %r failed to start: %s", name, describe(error), exc_info=trace)
        fallen = {name}
        for edge in sorted(self._assembly.resolution.edges, key=lambda one: self._assembly.resolution.levels[one.then]):
            if edge.hard and edge.first in fallen and self._ledger.records[edge.then].state is State.READY:
                fallen.add(edge.then)
                reason = PluginFailure(edge.then, "start", f"{edge.reason}, which did not start")
                self._ledger.unmet(edge.then, reason, fault=True)

    async def _watch(self) -> None:
        try:
            await self._assembly.remote.watch(self._assembly.store, self._assembly.contributed.events)
        except Exception:
            _log.exception("the config source stopped watching")

    async def stop(self) -> None:
        """Stop in the reverse of the resolved order, releasing each plugin's services after it; never raises."""
        self.serving = False
        if self._watcher is not None:
            await _cancelled({self._watcher})
        for name in reversed(self._assembly.resolution.order):
            if name in self._lifespans:
                await self._stop_one(name)
        if self._assembly.contributed.services is not None:
            await self._services.release_all()
        await self._assembly.remote.close()

    async def _stop_one(self, name: str) -> None:
        record, began = self._ledger.records[name], time.perf_counter()
        try:
            await self._lifespans[name].stop(self._assembly.bootstrap.DIFY_PLUGINS_STOP_TIMEOUT)
        except Exception as error:
            record.phase, record.error = "stop", describe(error)
            _log.exception("plugin %r failed to stop", name)
        await self._services.release(name)
        if record.state is State.STARTED:
            record.state = State.STOPPED
        record.stop_ms = (time.perf_counter() - began) * 1000


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _is_ours(error: TimeoutError) -> bool:
    """Whether the budget ran out, as opposed to the plugin raising a TimeoutError of its own."""
    return isinstance(error.__cause__, asyncio.CancelledError)
