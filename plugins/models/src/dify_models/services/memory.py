"""What a process remembers of workspaces' credentials, for seconds, and how others make it forget."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

from dify_runtime_sdk.cache import Cache, CacheError

CHANGED: Final = "models:changed"
"""The channel that tells other processes that a workspace's models changed: who says so, and the workspace's id."""


class Memory[V]:
    """A bounded map from (workspace, name) to what was read; entries expire.

    A read that began before its workspace changed is not kept.
    """

    def __init__(
        self, *, seconds: float = 30.0, limit: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._limit = limit
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], tuple[V, float]] = OrderedDict()
        self._changes = 0

    async def get(self, tenant_id: str, name: str, read: Callable[[], Awaitable[V]]) -> V:
        """What is remembered, else what `read` gives."""
        key, now = (tenant_id, name), self._clock()
        entry = self._entries.get(key)
        if entry is not None and entry[1] > now:
            return entry[0]
        before = self._changes
        value = await read()
        if before == self._changes:
            self._entries.pop(key, None)
            self._entries[key] = (value, now + self._seconds)
            if len(self._entries) > self._limit:
                self._entries.popitem(last=False)
        return value

    def forget(self, tenant_id: str) -> None:
        """Read everything of that workspace anew."""
        self._changes += 1
        for key in [key for key in self._entries if key[0] == tenant_id]:
            del self._entries[key]


class Memories:
    """All that one process remembers; forgotten together."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._sender = uuid4().hex
        self._memories: list[Memory[Any]] = []

    def keep[V](self, memory: Memory[V]) -> Memory[V]:
        """One more to make forget."""
        self._memories.append(memory)
        return memory

    def forget(self, tenant_id: str) -> None:
        """Read everything of that workspace anew, in this process."""
        for memory in self._memories:
            memory.forget(tenant_id)

    async def changed(self, tenant_id: str) -> None:
        """Forget, here and in all processes that share the cache."""
        self.forget(tenant_id)
        await self._cache.pubsub.publish(CHANGED, f"{self._sender} {tenant_id}".encode())

    async def listen(self) -> None:
        """Forget what other processes change, for ever; while the cache is away, the entries' end does it."""
        while True:
            try:
                async with self._cache.pubsub.subscribe(CHANGED) as messages:
                    async for _, message in messages:
                        sender, _, tenant_id = message.decode().partition(" ")
                        if sender != self._sender:
                            self.forget(tenant_id)
            except CacheError:
                await asyncio.sleep(1)
