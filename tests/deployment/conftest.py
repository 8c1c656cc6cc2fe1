"""The topology, once for all tests that ask for it."""

from collections.abc import Iterator

import pytest

from dify_database.testing.postgres import PostgresServer
from tests.deployment.topology import Topology, running


@pytest.fixture(scope="package")
def topology(postgres_server: PostgresServer) -> Iterator[Topology]:
    with running(postgres_server) as started:
        yield started
