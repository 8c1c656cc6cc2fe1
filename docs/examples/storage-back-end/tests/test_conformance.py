"""What every store must do: the suite of the SDK."""

import pytest
from dify_storage_memory.store import MemoryStorage

from dify_runtime_sdk.testing.storage import StorageSuite


class TestMemoryStorage(StorageSuite):
    """The back end `memory` keeps the contract."""

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage(limit=64 << 20)
