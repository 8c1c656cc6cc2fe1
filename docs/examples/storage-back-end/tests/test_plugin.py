"""The plugin in a runtime, beside the one that owns the service."""

import pytest
from dify_storage_memory.plugin import StorageMemoryPlugin

from dify_runtime.testing.booted import RuntimeFactory
from dify_runtime_sdk.storage import Storage, StorageError
from dify_storage.plugin import StoragePlugin

PLUGINS = {"storage": StoragePlugin, "storage-memory": StorageMemoryPlugin}


async def test_the_setting_selects_it(runtime: RuntimeFactory) -> None:
    booted = await runtime(PLUGINS, settings={"STORAGE_TYPE": "memory"})
    storage = await booted.services.get(Storage)
    await storage.save("notes/one.txt", b"hello")
    assert await storage.load("notes/one.txt") == b"hello"


async def test_what_does_not_fit_is_an_error(runtime: RuntimeFactory) -> None:
    booted = await runtime(PLUGINS, settings={"STORAGE_TYPE": "memory", "STORAGE_MEMORY_LIMIT": 10})
    storage = await booted.services.get(Storage)
    await storage.save("one", b"12345")
    with pytest.raises(StorageError, match="full"):
        await storage.save("two", b"123456")
    await storage.save("one", b"1234567890")
