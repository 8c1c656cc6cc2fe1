"""Servers and caches for the tests of both back ends."""

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest

from dify_cache.redis.cache import open_cache
from dify_cache.redis.tuning import Tuning
from dify_cache.settings import RedisSettings

from .fault_proxy import FaultProxy
from .servers import HOST, Server
from .topologies import cluster, watched

PATIENT = Tuning(patience=10.0)
"""For servers that are away for a while, on a slow machine."""
HASTY = Tuning(connect=0.5, answer=0.5, patience=0.5, block=0.2, silence=0.2)
"""For servers that stay away."""


@pytest.fixture(scope="session")
def server():
    """One server for all tests that do it no harm."""
    with Server() as server:
        yield server


@pytest.fixture
def own_server():
    """A server that a test may kill."""
    with Server() as server:
        yield server


@pytest.fixture
def locked_server():
    """A server with a password."""
    with Server("requirepass hunter2") as server:
        yield server


@pytest.fixture
def key():
    """A key that no other test uses."""
    return f"test:{uuid.uuid4().hex}"


@pytest.fixture
async def connect():
    """Open caches on a port: `await connect(server.port)`; they are closed after the test."""
    async with AsyncExitStack() as stack:

        async def connect(port, tuning=PATIENT, **settings):
            settings = {"REDIS_HOST": HOST, "REDIS_PORT": port, **settings}
            return await stack.enter_async_context(open_cache(RedisSettings(**settings), tuning))

        yield connect
    left = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("cache-redis")]
    assert left == []


@pytest.fixture
async def proxied():
    """Open proxies to a port: `await proxied(server.port)`; they are closed after the test, before its caches."""
    async with AsyncExitStack() as stack:

        async def proxied(port, **options):
            return await stack.enter_async_context(FaultProxy(port, **options))

        yield proxied


@pytest.fixture(scope="session")
def cluster_nodes():
    """A cluster of three for all tests that do it no harm."""
    with cluster() as nodes:
        yield nodes


@pytest.fixture
async def connect_cluster(connect):
    """Open caches on a cluster: `await connect_cluster(nodes)`."""

    async def connect_cluster(nodes, tuning=PATIENT, **settings):
        names = ",".join(f"{HOST}:{node.port}" for node in nodes)
        return await connect(1, tuning, REDIS_USE_CLUSTERS=True, REDIS_CLUSTERS=names, **settings)

    return connect_cluster


@pytest.fixture(scope="session")
def watched_servers():
    """A master with a replica and a Sentinel for all tests that do them no harm."""
    with watched() as servers:
        yield servers


@pytest.fixture
async def connect_watched(connect):
    """Open caches on the master that a Sentinel names: `await connect_watched(servers)`."""

    async def connect_watched(servers, tuning=PATIENT, **settings):
        settings = {
            "REDIS_SENTINELS": f"{HOST}:{servers.sentinel.port}",
            "REDIS_SENTINEL_SOCKET_TIMEOUT": 2,
            **settings,
        }
        return await connect(1, tuning, REDIS_USE_SENTINEL=True, REDIS_SENTINEL_SERVICE_NAME="mymaster", **settings)

    return connect_watched
