"""The pytest plugin that this distribution registers: fixtures with databases. Light: pytest loads it everywhere.

| fixture | gives |
|---|---|
| `postgres_server` | a running `PostgresServer`, one per test process |
| `postgres_settings` | the settings of an empty database on it, dropped after the test |
| `database_settings` | runs the test twice: with the embedded database (no settings), and with Postgres |
| `migrated` | `await migrated(plugins, settings)`: the settings, their database filled with the tables of `plugins` |
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dify_runtime_sdk import Plugin

    from .postgres import PostgresServer
    from .templates import Templates

type Migrated = Callable[[Mapping[str, type[Plugin]], Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""What the fixture `migrated` gives."""


@pytest.fixture(scope="session")
def postgres_server() -> "Iterator[PostgresServer]":
    """A Postgres server on loopback, started by the first test that asks for it."""
    from .postgres import PostgresServer  # most tests of an environment start no server

    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_settings(postgres_server: "PostgresServer") -> Iterator[dict[str, Any]]:
    """The settings of an empty Postgres database."""
    name = postgres_server.create_database()
    yield postgres_server.settings(name)
    postgres_server.discard_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of an empty database, of each kind in turn; the embedded one is in the runtime's home."""
    if request.param == "sqlite":
        return {}
    settings: dict[str, Any] = request.getfixturevalue("postgres_settings")
    return settings


@pytest.fixture(scope="session")
def database_templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Templates":
    """The migrated databases of this test process."""
    from .templates import Templates  # most tests of an environment have no database

    return Templates(tmp_path_factory.mktemp("templates"), lambda: request.getfixturevalue("postgres_server"))


@pytest.fixture
def migrated(runtime: Any, tmp_path: Path, database_templates: "Templates") -> Migrated:
    """Fill the empty database that a test's settings mean, before the test boots its runtime.

    >>> booted = await runtime(PLUGINS, settings=await migrated(PLUGINS, database_settings))

    The migrations of a set of plugins run once; every further test gets a copy.
    """

    async def migrated(plugins: "Mapping[str, type[Plugin]]", settings: Mapping[str, Any]) -> dict[str, Any]:
        await database_templates.fill(runtime, plugins, settings, tmp_path)
        return dict(settings)

    return migrated
