"""The plugin `storage-local`."""

from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from ..settings import StorageSettings
from .settings import StorageLocalSettings

if TYPE_CHECKING:
    from pathlib import Path

    from dify_runtime_sdk.storage import Storage, StorageBackend

DIRECTORY = "storage"
"""Where objects go unless a setting says otherwise."""


class StorageLocalPlugin(Plugin):
    """The storage back end `local`: files on this machine, written whole or not at all."""

    settings = StorageLocalSettings
    requires = ("storage",)

    @hookimpl
    def storage_backends(self) -> "list[StorageBackend]":
        """Add `local`."""
        from dify_runtime_sdk.storage import StorageBackend

        return [StorageBackend("local", _open)]


async def _open(runtime: Runtime) -> "Storage":
    """Raises `StorageError` when the directory cannot be made."""
    from .storage import LocalStorage

    return await LocalStorage.open(directory(runtime))


def directory(runtime: Runtime) -> "Path":
    """The root of the store, absolute or relative to the working directory."""
    from pathlib import Path

    chosen = runtime.settings(StorageLocalSettings).STORAGE_LOCAL_PATH
    if chosen is not None:
        return chosen
    return Path(DIRECTORY) if runtime.settings(StorageSettings).STORAGE_TYPE else runtime.home / DIRECTORY
