"""Servers and journals. Tests ask for their servers before `runtime`: it stops first, as long as they answer."""

import shutil
from collections.abc import Iterator

import pytest

from plugins.tasks.tests.jobs import QUICK, Journal
from plugins.tasks.tests.redis_server import RedisServer


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server of the test's own, with its data on disk: a test may kill it."""
    directory = tmp_path_factory.mktemp("redis")
    server = RedisServer(directory)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture(params=["sqlite", "postgresql", "postgresql and redis"])
def deployment(request: pytest.FixtureRequest) -> dict[str, object]:
    """The settings of each way to run: embedded, with a server, and as in production."""
    settings: dict[str, object] = dict(QUICK)
    if request.param != "sqlite":
        settings |= request.getfixturevalue("postgres_settings")
    if request.param.endswith("redis"):
        settings |= request.getfixturevalue("redis_server").settings
    return settings
