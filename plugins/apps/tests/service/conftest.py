"""Worlds to serve: on the embedded database, or on each kind of database in turn."""

from typing import Any

import pytest

from dify_database.testing.plugin import Migrated
from plugins.apps.tests.service.serving import PLUGINS, SETTINGS, World


@pytest.fixture
def plugins() -> dict[str, Any]:
    """What is booted."""
    return dict(PLUGINS)


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings of one module or test; override it."""
    return {}


@pytest.fixture
async def world(runtime: Any, plugins: dict[str, Any], more_settings: dict[str, Any], migrated: Migrated) -> World:
    """A runtime that serves, on the embedded database."""
    return World(await runtime(plugins, roles=("api",), settings=await migrated(plugins, SETTINGS | more_settings)))


@pytest.fixture
async def worlds(
    runtime: Any,
    plugins: dict[str, Any],
    database_settings: dict[str, Any],
    more_settings: dict[str, Any],
    migrated: Migrated,
) -> World:
    """A runtime that serves; once per database."""
    settings = SETTINGS | database_settings | more_settings
    return World(await runtime(plugins, roles=("api",), settings=await migrated(plugins, settings)))
