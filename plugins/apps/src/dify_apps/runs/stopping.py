"""Stopping runs, in whichever process they are."""

import asyncio
import logging
from typing import Final

from dify_runtime_sdk.cache import Cache, CacheError

from ..api import Caller
from .active import ActiveRun, ActiveRuns

_log: Final = logging.getLogger(__name__)

BY_USER: Final = "Stopped by user."
_CHANNEL: Final = "runs:stop"
_OWNER_SECONDS: Final = 1800.0
_STOPPED_SECONDS: Final = 600.0


class Stopping:
    """Asks runs of this process to end, and those of others through the cache. Keys and values are Dify's."""

    def __init__(self, cache: Cache, active: ActiveRuns, *, alone: bool) -> None:
        self._cache = cache
        self._active = active
        self._alone = alone

    async def stop(self, task_id: str, caller: Caller | None) -> None:
        """Stop a run, with `caller` only if it is theirs."""
        run = self._active.of_task(task_id)
        if run is not None:
            if caller is None or owner(run.prepared.request.caller) == owner(caller):
                run.stop(BY_USER)
        elif not self._alone and await self._may(task_id, caller):
            await self._cache.values.set(_stopped(task_id), b"1", ttl=_STOPPED_SECONDS)
            await self._cache.pubsub.publish(_CHANNEL, task_id.encode())

    async def remember(self, task_id: str) -> None:
        """Note that a run that nobody runs now shall end as soon as somebody does."""
        await self._cache.values.set(_stopped(task_id), b"1", ttl=_STOPPED_SECONDS)

    async def is_remembered(self, task_id: str) -> bool:
        """Whether that was noted."""
        return await self._cache.values.get(_stopped(task_id)) is not None

    async def announce(self, run: ActiveRun) -> None:
        """Let other processes know whose run it is."""
        if not self._alone:
            mine = owner(run.prepared.request.caller).encode()
            await self._cache.values.set(_owner_key(run.prepared.task_id), mine, ttl=_OWNER_SECONDS)

    async def listen(self) -> None:
        """Stop runs that other processes ask for, for ever."""
        while True:
            try:
                async with self._cache.pubsub.subscribe(_CHANNEL) as messages:
                    await self.catch_up()
                    async for _, task_id in messages:
                        self._heard(task_id.decode())
            except CacheError:
                await asyncio.sleep(1)

    async def catch_up(self) -> None:
        """Stop runs that were asked to while the cache could not be reached."""
        tasks = [run.prepared.task_id for run in self._active if run.stopping is None]
        if not tasks:
            return
        found = await self._cache.values.get_many([_stopped(task_id) for task_id in tasks])
        for task_id, stopped in zip(tasks, found, strict=True):
            if stopped is not None:
                self._heard(task_id)

    def _heard(self, task_id: str) -> None:
        run = self._active.of_task(task_id)
        if run is not None:
            run.stop(BY_USER)

    async def _may(self, task_id: str, caller: Caller | None) -> bool:
        if caller is None:
            return True
        return await self._cache.values.get(_owner_key(task_id)) == owner(caller).encode()


def owner(caller: Caller) -> str:
    """Whose a run is, as Dify writes it."""
    return f"{'account' if caller.role == 'account' else 'end-user'}-{caller.id}"


def _owner_key(task_id: str) -> str:
    return f"generate_task_belong:{task_id}"


def _stopped(task_id: str) -> str:
    return f"generate_task_stopped:{task_id}"
