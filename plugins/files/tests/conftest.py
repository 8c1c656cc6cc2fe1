"""Runtimes with files on each database, and an app's key to upload with."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import pytest

from dify_accounts import ApiKeys, KeyType, Setup, Tenant
from dify_accounts.plugin import AccountsPlugin
from dify_accounts.service_plugin import AccountsServicePlugin
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_database.testing.plugin import Migrated
from dify_egress.plugin import EgressPlugin
from dify_files import Creator, Files, ToolFiles
from dify_files.plugin import FilesPlugin
from dify_files.routes_plugin import FilesRoutesPlugin
from dify_files.service_plugin import FilesServicePlugin
from dify_groups.group_files.plugin import GroupFilesPlugin
from dify_groups.group_service.plugin import GroupServicePlugin
from dify_runtime_sdk import Plugin, Runtime, hookimpl
from dify_runtime_sdk.storage import ObjectInfo, ObjectNotFoundError, Storage, StorageBackend, StorageError
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin

APP = "22222222-2222-2222-2222-222222222222"
FOREIGN = "33333333-3333-3333-3333-333333333333"
ACCOUNT = Creator(role="account", id="44444444-4444-4444-4444-444444444444")


class FlakyStorage:
    """A store in memory that can be away, and says when a write begins and ends; reads go byte by byte."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.away = False
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    def _check(self) -> None:
        if self.away:
            raise StorageError("bucket-7 cannot be reached")

    async def save(self, key: str, data: bytes) -> None:
        self._check()
        self.objects[key] = data

    async def load(self, key: str) -> bytes:
        self._check()
        if key not in self.objects:
            raise ObjectNotFoundError(key)
        return self.objects[key]

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        self._check()
        self.begun.set()
        try:
            data = b"".join([chunk async for chunk in chunks])
            await self.save(key, data)
        finally:
            self.ended.set()
        return len(data)

    async def read(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        content = (await self.load(key))[start:]
        for byte in content if length is None else content[:length]:
            self._check()
            yield bytes((byte,))

    async def exists(self, key: str) -> bool:
        return key in self.objects

    async def delete(self, key: str) -> None:
        self._check()
        self.objects.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        for key, data in self.objects.items():
            if key.startswith(prefix):
                yield ObjectInfo(key, len(data))


class FlakyStoragePlugin(Plugin):
    """Brings that store."""

    @hookimpl
    def storage_backends(self, runtime: Runtime) -> list[StorageBackend]:
        """The back end `flaky`."""

        async def opened(_runtime: Runtime) -> Any:
            return FlakyStorage()

        return [StorageBackend("flaky", opened)]


PLUGINS: dict[str, type[Plugin]] = {
    "database": DatabasePlugin,
    "migrations": MigrationsPlugin,
    "cache": CachePlugin,
    "cache-local": CacheLocalPlugin,
    "storage": StoragePlugin,
    "storage-local": StorageLocalPlugin,
    "secrets": SecretsPlugin,
    "storage-flaky": FlakyStoragePlugin,
    "egress": EgressPlugin,
    "accounts": AccountsPlugin,
    "group-service": GroupServicePlugin,
    "group-files": GroupFilesPlugin,
    "accounts-service": AccountsServicePlugin,
    "files": FilesPlugin,
    "files-service": FilesServicePlugin,
    "files-routes": FilesRoutesPlugin,
}
SETTINGS = {
    "MIGRATION_ENABLED": True,
    "FILES_URL": "http://files.test/",
    "SECRET_KEY": "k" * 42,
    "EGRESS_ALLOW": "127.0.0.0/8",
}


@pytest.fixture
def plugins() -> dict[str, type[Plugin]]:
    """What files need, and all of files."""
    return dict(PLUGINS)


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings of one test; override it by parametrising."""
    return {}


@pytest.fixture
async def booted(
    runtime: Any,
    plugins: dict[str, type[Plugin]],
    database_settings: dict[str, Any],
    more_settings: dict[str, Any],
    migrated: Migrated,
) -> Any:
    """A runtime that serves; once per database."""
    settings = SETTINGS | database_settings | more_settings
    return await runtime(plugins, roles=("api",), settings=await migrated(plugins, settings))


@pytest.fixture
async def embedded(
    runtime: Any, plugins: dict[str, type[Plugin]], more_settings: dict[str, Any], migrated: Migrated
) -> Any:
    """A runtime on the embedded database alone, for what does not depend on it."""
    settings = {name: value for name, value in (SETTINGS | more_settings).items() if value is not None}
    return await runtime(plugins, roles=("api",), settings=await migrated(plugins, settings))


async def _tenant(booted: Any) -> Tenant:
    from dify_accounts import Tenants

    found = await (await booted.services.get(Tenants)).default()
    if found is not None:
        return found
    setup = await booted.services.get(Setup)
    made: Tenant = await setup.create(email="ann@example.com", name="Ann", password=None)
    return made


@pytest.fixture
def tenant_of() -> Any:
    """The workspace of a runtime."""
    return _tenant


@pytest.fixture
def key_of() -> Any:
    """Make the headers that open the Service API of a runtime; `kind` is that of the key."""

    async def headers(booted: Any, kind: KeyType = KeyType.APP) -> dict[str, str]:
        tenant = await _tenant(booted)
        keys = await booted.services.get(ApiKeys)
        app_id = APP if kind is KeyType.APP else None
        key = await keys.create(kind, tenant_id=tenant.id, app_id=app_id)
        return {"Authorization": f"Bearer {key.token}"}

    return headers


@pytest.fixture
def stored() -> Any:
    """The keys of all content that a runtime keeps of files."""

    async def keys(booted: Any) -> list[str]:
        storage = await booted.services.get(Storage)
        prefixes = ("upload_files/", "tools/")
        return [info.key for prefix in prefixes async for info in storage.list(prefix)]

    return keys


async def _pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


@pytest.fixture
def pieces() -> Any:
    """Make content out of pieces."""
    return _pieces


@pytest.fixture
def upload() -> Any:
    """Upload a file by the service: `await upload(booted, tenant_id, "note.txt", b"...")`."""

    async def upload(
        booted: Any, tenant_id: str, filename: str, content: bytes = b"hello", mime_type: str = "text/plain"
    ) -> Any:
        files = await booted.services.get(Files)
        return await files.upload(
            _pieces(content), filename=filename, mime_type=mime_type, tenant_id=tenant_id, creator=ACCOUNT
        )

    return upload


@pytest.fixture
def tool_file() -> Any:
    """Keep a tool's file by the service."""

    async def store(booted: Any, tenant_id: str, filename: str | None, content: bytes, mime_type: str | None) -> Any:
        files = await booted.services.get(ToolFiles)
        return await files.store(_pieces(content), filename=filename, mime_type=mime_type, tenant_id=tenant_id)

    return store


@pytest.fixture
def foreign() -> str:
    """The id of a workspace that is not ours."""
    return FOREIGN
