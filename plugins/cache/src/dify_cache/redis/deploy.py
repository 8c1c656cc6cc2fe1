"""Making the clients for an address. What redis-py takes for one kind of client and not for another ends here."""

from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.sentinel import Sentinel
from redis.maint_notifications import MaintNotificationsConfig

from .address import Address, Node
from .connections import MasterConnection, PlainConnection, TlsConnection, TlsMasterConnection
from .deployments import Cluster, Deployment, Single, never
from .pools import MasterPool, Pool
from .tls import tls_context
from .tuning import Tuning

_UNBOUNDED = 1 << 16
"""Connections per pool: their number is bounded above, by the number of commands under way."""


async def deploy(address: Address, tuning: Tuning) -> Deployment:
    """What `address` describes; connects at the first command. Raises `SettingsError` for unreadable certificates."""
    options = _options(address, tuning)
    if address.tls is not None:
        options["tls"] = await tls_context(address.tls)
    match address.mode:
        case "single":
            return _single(address, options)
        case "sentinel":
            return _by_sentinels(address, options, tuning)
        case "cluster":
            return _cluster(address, options)


def _options(address: Address, tuning: Tuning) -> dict[str, Any]:
    user, password = address.login
    return {
        "username": user,
        "password": password,
        "protocol": address.protocol,
        "socket_connect_timeout": tuning.connect,
        "socket_timeout": tuning.answer,
        "health_check_interval": tuning.health_check,
        "driver_info": None,  # telling the library's name costs two commands, which servers before 7.2 refuse
    }


def _single(address: Address, options: dict[str, Any]) -> Single:
    (host, port) = address.nodes[0]
    return Single(
        Pool(
            connection_class=TlsConnection if "tls" in options else PlainConnection,
            max_connections=_UNBOUNDED,
            host=host,
            port=port,
            db=address.database,
            retry=never(),
            maint_notifications_config=_no_notices(),
            **options,
        )
    )


def _by_sentinels(address: Address, options: dict[str, Any], tuning: Tuning) -> Single:
    sentinel = _sentinel(address.nodes, _sentinel_options(address, options, tuning))
    client = sentinel.master_for(
        address.service,
        connection_pool_class=MasterPool,
        connection_class=TlsMasterConnection if "tls" in options else MasterConnection,
        max_connections=_UNBOUNDED,
        db=address.database,
        retry=never(),
        maint_notifications_config=_no_notices(),
        **options,
    )
    return Single(client.connection_pool, sentinel)


def _sentinel_options(address: Address, options: dict[str, Any], tuning: Tuning) -> dict[str, Any]:
    user, password = address.sentinel_login
    return {
        **options,
        "username": user,
        "password": password,
        "socket_timeout": address.sentinel_timeout or tuning.answer,
        "socket_connect_timeout": address.sentinel_timeout or tuning.connect,
    }


def _sentinel(nodes: tuple[Node, ...], options: dict[str, Any]) -> Sentinel:
    """The Sentinels. Their clients are made here: redis-py would give them no connection class."""
    sentinel = Sentinel(())  # type: ignore[no-untyped-call]  # redis-py
    sentinel.sentinels = [
        Redis.from_pool(
            Pool(
                connection_class=TlsConnection if "tls" in options else PlainConnection,
                host=host,
                port=port,
                retry=never(),
                maint_notifications_config=_no_notices(),
                **options,
            )
        )
        for host, port in nodes
    ]
    return sentinel


def _cluster(address: Address, options: dict[str, Any]) -> Cluster:
    tls = options.pop("tls", None)
    client = RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in address.nodes],
        max_connections=_UNBOUNDED,
        retry=never(),
        maint_notifications_config=_no_notices(),
        **options,
    )
    # No parameter takes a connection class: it goes where every node to come is made from, and into those made already.
    ours: dict[str, Any] = {"tls": tls} if tls else {}
    kind = TlsConnection if tls else PlainConnection
    client.connection_kwargs.update(ours, connection_class=kind)
    for node in client.startup_nodes:
        node.connection_class = kind
        node.connection_kwargs.update(ours)
    return Cluster(client)


def _no_notices() -> MaintNotificationsConfig:
    """With notices of maintenance on, redis-py would not notice that an idle connection has died."""
    return MaintNotificationsConfig(enabled=False)
