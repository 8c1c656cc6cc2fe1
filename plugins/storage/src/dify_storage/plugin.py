"""The plugin `storage`."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk import Plugin, Registry, Runtime, Service, UnknownNameError, hookimpl

from .settings import StorageSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dify_runtime_sdk.storage import Storage, StorageBackend


class StoragePlugin(Plugin):
    """Objects by key behind the service `Storage`, kept by the back end that `STORAGE_TYPE` names."""

    settings = StorageSettings

    _backend: "StorageBackend"

    @hookimpl
    def extension_points(self) -> list[type[Any]]:
        """Offer the hook `storage_backends`."""
        from .hooks import StorageHooks

        return [StorageHooks]

    @hookimpl
    def services(self) -> list[Service[Any]]:
        """Offer the service `Storage`."""
        from dify_runtime_sdk.storage import Storage

        return [Service(Storage, self._open, check=_answers)]

    @hookimpl
    def finish(self, runtime: Runtime) -> None:
        """Choose the back end; raises `UnknownNameError` when no plugin provides the one that is named."""
        backends: Registry[StorageBackend] = Registry("storage back end")
        for plugin, backend in runtime.contributions("storage_backends"):
            backends.add(backend.name, backend, owner=plugin)
        selected = runtime.settings(StorageSettings).selected
        if selected not in backends:
            available = ", ".join(sorted(backends)) or "none"
            raise UnknownNameError(
                f"STORAGE_TYPE is {selected!r}, and no plugin provides that storage back end",
                hint=f"available: {available}; others are plugins to install",
            )
        self._backend = backends[selected]

    async def start(self, runtime: Runtime) -> None:
        """Open the store, so that wrong settings show now; raises what the back end raises."""
        from dify_runtime_sdk.storage import Storage

        await runtime.services.get(Storage)

    async def _open(self, runtime: Runtime) -> "AsyncIterator[Storage]":
        store = await self._backend.open(runtime)
        if isinstance(store, AbstractAsyncContextManager):
            async with store:
                yield store
        else:
            yield store


async def _answers(storage: "Storage") -> None:
    """Ask the store for what is not there: cheap, and it needs the address, the bucket and the credentials."""
    async for _ in storage.list("health-check/"):
        return
