"""Pools that close their idle connections without cutting commands.

redis-py closes them in tasks of its own while they can still be taken: a command sent on one in between fails with a
cut connection, and nobody can say whether it was carried out.
"""

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import SentinelConnectionPool


class Pool(ConnectionPool):
    """Of connections to one server."""

    _available_connections: list[AbstractConnection]

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Disconnect all connections or only the idle ones, which nobody can take meanwhile."""
        if inuse_connections:
            await super().disconnect()
        else:
            await self._disconnect_idle()

    async def _disconnect_idle(self) -> None:
        idle, self._available_connections = self._available_connections, []
        try:
            for connection in idle:
                await connection.disconnect(nowait=True)
        finally:
            self._available_connections += idle


class MasterPool(Pool, SentinelConnectionPool):
    """Of connections to the master that Sentinels name."""
