"""The ways Redis is deployed, behind one small interface. Retries are made above, so redis-py makes none."""

from typing import TYPE_CHECKING, Any, Protocol, cast

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import ReadOnlyError

from .connections import Wire

if TYPE_CHECKING:
    from redis.asyncio.cluster import ClusterNode


class _Client(Protocol):
    """What is used of redis-py's clients, which leave it without types."""

    async def execute_command(self, *args: Any) -> Any: ...
    async def aclose(self) -> None: ...


class Deployment(Protocol):
    """Servers that take commands. Errors are redis-py's."""

    async def execute(self, *command: Any) -> Any:
        """Send a command where it belongs and return the answer."""
        ...

    async def connect(self, key: str | None) -> Wire:
        """Make a connection apart from all others, to the server that has `key` or, with None, to any."""
        ...

    def slot(self, key: str) -> int:
        """Where a key lives: keys of one command must have the same slot."""
        ...

    async def close(self) -> None:
        """Close all connections, except those given out by `connect`."""
        ...


class Single:
    """One server, or the master of several: whatever the pool connects to."""

    def __init__(self, pool: ConnectionPool, sentinel: Sentinel | None = None) -> None:
        self._pool = pool
        self._client = cast("_Client", Redis.from_pool(pool))
        self._sentinel = sentinel

    async def execute(self, *command: Any) -> Any:
        """Send a command."""
        try:
            return await self._client.execute_command(*command)
        except ReadOnlyError:  # it became a replica: find the new master
            await self._pool.disconnect(inuse_connections=False)
            raise

    async def connect(self, key: str | None) -> Wire:
        """Make a connection outside of the pool."""
        wire = cast("Wire", self._pool.make_connection())  # type: ignore[no-untyped-call]  # redis-py
        await wire.connect()
        return wire

    def slot(self, key: str) -> int:
        """Everything lives in one place."""
        return 0

    async def close(self) -> None:
        """Close the pool, and the connections to the Sentinels."""
        await self._client.aclose()
        if self._sentinel is not None:
            await self._sentinel.aclose()


class Cluster:
    """A Redis Cluster; redis-py follows its topology."""

    def __init__(self, client: RedisCluster) -> None:
        self._cluster = client
        self._client = cast("_Client", client)

    async def execute(self, *command: Any) -> Any:
        """Send a command to the node that has its keys."""
        await self._cluster.initialize()  # without the topology redis-py would ask any node, and be sent on
        return await self._client.execute_command(*command)

    async def connect(self, key: str | None) -> Wire:
        """Make a connection to the master that has `key`, or to any master."""
        await self._cluster.initialize()
        node = self._cluster.get_random_primary_node() if key is None else self._cluster.get_node_from_key(key)
        found = cast("ClusterNode", node)
        wire = cast("Wire", found.connection_class(**{**found.connection_kwargs, "retry": never()}))
        await wire.connect()
        return wire

    def slot(self, key: str) -> int:
        """The slot of the key."""
        return key_slot(key.encode())

    async def close(self) -> None:
        """Close the connections to all nodes."""
        await self._client.aclose()
        for nodes in ("nodes_cache", "startup_nodes"):  # redis-py leaves them when it is about to read the topology
            await self._cluster.nodes_manager.aclose(nodes)


def never() -> Retry:
    """The policy that tries once."""
    return Retry(NoBackoff(), retries=0)
