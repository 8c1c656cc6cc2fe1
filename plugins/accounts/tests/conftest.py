"""Runtimes with accounts on each database, and a workspace in them."""

from typing import Any

import pytest

from dify_accounts import Setup, Tenant
from dify_accounts.plugin import AccountsPlugin
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_database.migrations.plugin import MigrationsPlugin
from dify_database.plugin import DatabasePlugin
from dify_database.testing.plugin import Migrated
from dify_runtime_sdk import Plugin
from dify_secrets.plugin import SecretsPlugin
from dify_storage.local.plugin import StorageLocalPlugin
from dify_storage.plugin import StoragePlugin

PASSWORD = "correct horse 1"


@pytest.fixture
def plugins() -> dict[str, type[Plugin]]:
    """What accounts need, and accounts."""
    return {
        "database": DatabasePlugin,
        "migrations": MigrationsPlugin,
        "cache": CachePlugin,
        "cache-local": CacheLocalPlugin,
        "storage": StoragePlugin,
        "storage-local": StorageLocalPlugin,
        "secrets": SecretsPlugin,
        "accounts": AccountsPlugin,
    }


@pytest.fixture
async def booted(
    runtime: Any, plugins: dict[str, type[Plugin]], database_settings: dict[str, Any], migrated: Migrated
) -> Any:
    """A runtime without the role `api`, so that no workspace is made by itself; once per database."""
    settings = {"MIGRATION_ENABLED": True, **database_settings}
    return await runtime(plugins, roles=("job",), settings=await migrated(plugins, settings))


@pytest.fixture
async def tenant(booted: Any) -> Tenant:
    """A workspace with an owner who has a password."""
    setup = await booted.services.get(Setup)
    return await setup.create(email="ann@example.com", name="Ann", password=PASSWORD)
