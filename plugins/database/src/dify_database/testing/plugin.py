"""The pytest plugin that this distribution registers: fixtures with databases. Light: pytest loads it everywhere.

| fixture | gives |
|---|---|
| `postgres_server` | a running `PostgresServer`, one per test process |
| `postgres_settings` | the settings of an empty database on it, dropped after the test |
| `database_settings` | runs the test twice: with the embedded database (no settings), and with Postgres |
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .postgres import PostgresServer


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
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of an empty database, of each kind in turn; the embedded one is in the runtime's home."""
    if request.param == "sqlite":
        return {}
    settings: dict[str, Any] = request.getfixturevalue("postgres_settings")
    return settings
