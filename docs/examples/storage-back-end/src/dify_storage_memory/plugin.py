"""The plugin `storage-memory`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import StorageMemorySettings

if TYPE_CHECKING:
    from dify_runtime_sdk.storage import Storage, StorageBackend


class StorageMemoryPlugin(Plugin):
    """The storage back end `memory`."""

    requires = ("storage",)
    settings = StorageMemorySettings

    @hookimpl
    def storage_backends(self) -> "list[StorageBackend]":
        """Add `memory`."""
        from dify_runtime_sdk.storage import StorageBackend

        return [StorageBackend("memory", _open)]


async def _open(runtime: Runtime) -> "Storage":
    from .store import MemoryStorage

    return MemoryStorage(runtime.settings(StorageMemorySettings).STORAGE_MEMORY_LIMIT)
