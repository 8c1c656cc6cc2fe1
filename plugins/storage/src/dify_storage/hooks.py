"""The extension point of the plugin `storage`."""

from collections.abc import Iterable

from dify_runtime_sdk import Runtime, hookspec
from dify_runtime_sdk.storage import StorageBackend


class StorageHooks:
    """Hooks that the plugin `storage` calls."""

    @hookspec
    def storage_backends(self, runtime: Runtime) -> Iterable[StorageBackend] | None:
        """Add kinds of stores, for `STORAGE_TYPE` to select from; see `StorageBackend`.

        When: once per boot, in every process. Only the selected one is opened, while the plugin `storage` starts; a
        store that is an async context manager is entered then, and left when the plugin stops. A name that is taken is
        an error.
        """
