"""A wheel of somebody else brings a back end: found by its entry point, selected by its name."""

import sys

import pytest

from dify_runtime.runtime import Runtime
from dify_runtime_sdk.storage import Storage
from dify_runtime_sdk.testing.storage import StorageSuite
from tests.plugin_dir import write_plugin

VAULT = '''
"""A store in memory."""
from datetime import UTC, datetime
from pydantic import Field
from dify_runtime_sdk import Plugin, Settings, hookimpl
from dify_runtime_sdk.storage import ObjectInfo, ObjectNotFoundError, StorageBackend
from dify_storage import check_key, check_prefix

class VaultSettings(Settings):
    VAULT_LABEL: str = Field("vault", description="what the vault is called")

class Vault:
    def __init__(self, label):
        self.label = label
        self._objects = {}

    def _found(self, key):
        check_key(key)
        if key not in self._objects:
            raise ObjectNotFoundError(f"no object {key!r} in {self.label}")
        return self._objects[key]

    async def save(self, key, data):
        check_key(key)
        self._objects[key] = data

    async def load(self, key):
        return self._found(key)

    async def write(self, key, chunks):
        check_key(key)
        data = b"".join([chunk async for chunk in chunks])
        self._objects[key] = data
        return len(data)

    async def read(self, key, *, start=0, length=None, chunk_size=1 << 20):
        data = self._found(key)[start:] if length is None else self._found(key)[start:start + length]
        for begin in range(0, len(data), chunk_size):
            yield data[begin:begin + chunk_size]

    async def stat(self, key):
        return ObjectInfo(key, len(self._found(key)))

    async def exists(self, key):
        check_key(key)
        return key in self._objects

    async def delete(self, key):
        check_key(key)
        self._objects.pop(key, None)

    async def list(self, prefix=""):
        check_prefix(prefix)
        for key in [key for key in self._objects if key.startswith(prefix)]:
            yield ObjectInfo(key, len(self._objects[key]))

    async def presign(self, key, *, expires):
        check_key(key)

async def open_vault(runtime):
    return Vault(runtime.settings(VaultSettings).VAULT_LABEL)

class One(Plugin):
    """The storage back end `vault`."""

    settings = VaultSettings
    requires = ("storage",)

    @hookimpl
    def storage_backends(self):
        return [StorageBackend("vault", open_vault)]
'''
ENVIRON = {
    "DIFY_PLUGINS_ALLOW": "storage,storage-local,storage-vault",
    "STORAGE_TYPE": "vault",
    "VAULT_LABEL": "the cellar",
}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    write_plugin(tmp_path / "site", "storage-vault", VAULT, distribution="acme-vault")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield tmp_path
    sys.modules.pop("storage_vault", None)


@pytest.fixture
async def storage(installed):
    async with Runtime.boot(environ=ENVIRON, cwd=installed, roles=("job",), strict=True) as runtime:
        assert runtime.records["storage-vault"].distribution == "acme-vault"
        yield await runtime.services.get(Storage)


class TestVault(StorageSuite):
    """A back end from a wheel keeps the contract, through the whole runtime."""


async def test_its_settings_are_read(storage):
    assert type(storage).__name__ == "Vault"
    assert storage.label == "the cellar"


async def test_without_it_the_back_end_is_unknown(installed):
    allowed = {"DIFY_PLUGINS_ALLOW": "storage,storage-local"}
    with pytest.raises(Exception, match="STORAGE_TYPE is 'vault', and no plugin provides"):
        async with Runtime.boot(environ=ENVIRON | allowed, cwd=installed, roles=("job",), strict=True):
            pytest.fail("the boot went on")
