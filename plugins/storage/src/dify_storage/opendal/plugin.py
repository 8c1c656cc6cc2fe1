"""The plugin `storage-opendal`."""

from functools import partial
from typing import TYPE_CHECKING

from dify_runtime_sdk import Plugin, Runtime, hookimpl

from .settings import StorageOpendalSettings

if TYPE_CHECKING:
    from dify_runtime_sdk.storage import Storage, StorageBackend


class StorageOpendalPlugin(Plugin):
    """The storage back ends for object stores, under the names that Dify gives them, and `opendal` for all others."""

    settings = StorageOpendalSettings
    requires = ("storage",)

    @hookimpl
    def storage_backends(self) -> "list[StorageBackend]":
        """Add one back end per object store."""
        from dify_runtime_sdk.storage import StorageBackend

        from .services import SERVICES

        return [StorageBackend(name, partial(_open, name)) for name in SERVICES]


async def _open(backend: str, runtime: Runtime) -> "Storage":
    """Raises `SettingsError` when settings are missing, and `StorageError` when OpenDAL refuses them."""
    from .services import SERVICES

    service = SERVICES[backend](runtime.settings(StorageOpendalSettings))
    if service.scheme == "fs":
        from pathlib import Path

        from ..local.storage import LocalStorage

        return await LocalStorage.open(Path(service.options["root"]), backend=backend)
    from .storage import OpendalStorage

    return OpendalStorage.open(backend, service)
