"""Settings of the plugin `storage-memory`."""

from pydantic import Field

from dify_runtime_sdk import Settings


class StorageMemorySettings(Settings):
    """How much the store may hold."""

    STORAGE_MEMORY_LIMIT: int = Field(64 << 20, gt=0, description="Bytes that the back end memory holds at most")
