import pytest

from dify_cache.local.cache import LocalCache
from dify_runtime_sdk.testing.cache import CacheSuite


class TestLocalCache(CacheSuite):
    """The back end in the process keeps the contract."""

    @pytest.fixture
    async def cache(self):
        async with LocalCache() as cache:
            yield cache

    @pytest.fixture
    def other(self, cache):
        return cache


class TestRedisCache(CacheSuite):
    """The back end in Redis keeps the contract, in both versions of the protocol."""

    @pytest.fixture
    async def cache(self, server, connect):
        return await connect(server.port)

    @pytest.fixture
    async def other(self, server, connect):
        return await connect(server.port, REDIS_SERIALIZATION_PROTOCOL=2)


class TestSlowRedisCache(CacheSuite):
    """It does so when every message takes its time."""

    @pytest.fixture
    async def proxy(self, server, proxied):
        return await proxied(server.port, delay=0.003)

    @pytest.fixture
    async def cache(self, proxy, connect):
        return await connect(proxy.port, REDIS_SERIALIZATION_PROTOCOL=2)

    @pytest.fixture
    async def other(self, proxy, connect):
        return await connect(proxy.port)


class TestSentinelCache(CacheSuite):
    """It does so on the master that Sentinels name."""

    @pytest.fixture
    async def cache(self, watched_servers, connect_watched):
        return await connect_watched(watched_servers)

    @pytest.fixture
    async def other(self, watched_servers, connect_watched):
        return await connect_watched(watched_servers, REDIS_SERIALIZATION_PROTOCOL=2)


class TestClusterCache(CacheSuite):
    """It does so on a cluster, where the keys of a test are anywhere."""

    @pytest.fixture
    async def cache(self, cluster_nodes, connect_cluster):
        return await connect_cluster(cluster_nodes)

    @pytest.fixture
    async def other(self, cluster_nodes, connect_cluster):
        return await connect_cluster(cluster_nodes[1:], REDIS_SERIALIZATION_PROTOCOL=2)
