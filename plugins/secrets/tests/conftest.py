"""A store in memory behind a plugin `storage`, and runtimes with it and the plugin `secrets`."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from dify_runtime_sdk import Plugin, Service, hookimpl
from dify_runtime_sdk.storage import ObjectInfo, ObjectNotFoundError, Storage
from dify_secrets.plugin import SecretsPlugin


class MemoryStorage:
    """Objects in a dict. Tests subclass it for stores that fail; `loads` are the keys that were asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.loads: list[str] = []

    async def save(self, key: str, data: bytes) -> None:
        self.objects[key] = data

    async def load(self, key: str) -> bytes:
        self.loads.append(key)
        if key not in self.objects:
            raise ObjectNotFoundError(f"there is no object {key}")
        return self.objects[key]

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        data = b"".join([chunk async for chunk in chunks])
        await self.save(key, data)
        return len(data)

    async def read(
        self, key: str, *, start: int = 0, length: int | None = None, chunk_size: int = 1
    ) -> AsyncIterator[bytes]:
        yield (await self.load(key))[start:][:length]

    async def stat(self, key: str) -> ObjectInfo:
        return ObjectInfo(key, len(await self.load(key)))

    async def exists(self, key: str) -> bool:
        return key in self.objects

    async def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        for key in [one for one in self.objects if one.startswith(prefix)]:
            yield await self.stat(key)

    async def presign(self, key: str, *, expires: float) -> str | None:
        return None


def storage_plugin(storage: Storage) -> type[Plugin]:
    """A plugin that offers this store."""

    class StoragePlugin(Plugin):
        """The store of a test."""

        @hookimpl
        def services(self) -> list[Service[Any]]:
            return [Service(Storage, lambda _runtime: storage)]

    return StoragePlugin


@pytest.fixture
def memory() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def storage_class() -> type[MemoryStorage]:
    """The base of a store that fails in some way."""
    return MemoryStorage


@pytest.fixture
def boot(runtime, memory) -> Callable[..., Awaitable[Any]]:
    """Boot `secrets` with a store, by default the one of this test; keywords in capitals are settings."""

    async def booted(storage: Storage | None = None, plugin: type[Plugin] = SecretsPlugin, **settings: Any) -> Any:
        plugins = {"storage": storage_plugin(storage or memory), "secrets": plugin}
        return await runtime(plugins, roles=("job",), settings=settings)

    return booted
