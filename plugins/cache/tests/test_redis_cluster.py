"""A real cluster: keys on several nodes, slots that move, and nodes that go away."""

import asyncio

import pytest
from redis.crc import key_slot

from dify_cache.redis.keys import derived
from dify_cache.redis.tuning import Tuning
from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .servers import HOST, free_port
from .topologies import cluster
from .waiting import heard_again, persist, soon

NAMES = ["a", "{tenant}:a", "a{b}c", "{}", "{}a", "}", "}a", "a}b", "a{b", "{a", "{a{b}}", "", "é", "a" * 300]


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_kept_for_a_name_lives_on_one_node(name):
    kinds = ("lock", "fence", "fixed", "sliding", "slots")
    assert len({key_slot(derived(kind, name).encode()) for kind in kinds}) == 1
    assert len({derived(kind, name) for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("kind", ["lock", "slots"])
def test_different_names_have_different_keys(kind):
    assert len({derived(kind, name) for name in [*NAMES, "{a}", "{-}", "-", "{-}a}", "-}a"]}) == len(NAMES) + 5


@pytest.mark.parametrize("name", ["a", "{tenant}:a", "a{b}c"])
def test_it_lives_where_the_callers_own_keys_of_that_name_do(name):
    assert key_slot(derived("lock", name).encode()) == key_slot(name.encode())


async def test_keys_of_many_slots_are_used_together(cluster_nodes, connect_cluster, key):
    cache = await connect_cluster(cluster_nodes)
    names = [f"{key}:{number}" for number in range(30)]
    await asyncio.gather(*(cache.values.set(name, name.encode()) for name in names))
    assert await cache.values.get_many(names[::-1]) == [name.encode() for name in names[::-1]]
    assert await cache.values.delete(*names, "missing") == 30


@pytest.mark.parametrize("name", NAMES)
async def test_every_name_can_be_locked_and_limited(name, cluster_nodes, connect_cluster, key):
    cache = await connect_cluster(cluster_nodes)
    async with cache.locks.hold(name + key), cache.limits.slot(name + key, limit=1):
        assert (await cache.limits.fixed(name + key, limit=1, window=60)).allowed
        assert (await cache.limits.sliding(name + key, limit=1, window=60)).allowed


async def test_one_known_node_of_several_is_enough(cluster_nodes, connect, key):
    nodes = f"{HOST}:{free_port()},{HOST}:{cluster_nodes[2].port}"
    cache = await connect(1, REDIS_USE_CLUSTERS=True, REDIS_CLUSTERS=nodes)
    assert await soon(cache.counters.add(key)) == 1


async def test_readers_take_turns_when_there_are_more_than_connections(cluster_nodes, connect_cluster, key):
    cache = await connect_cluster(cluster_nodes, Tuning(blocking_reads=2, block=0.05))
    reading = [asyncio.create_task(cache.streams.read(f"{key}:{number}", wait=600)) for number in range(12)]
    await asyncio.sleep(0.05)
    for number in range(12):
        await cache.streams.append(f"{key}:{number}", b"1")
    assert [len(await soon(one)) for one in reading] == [1] * 12


async def test_everything_follows_a_slot_that_moves(connect_cluster):
    with cluster() as nodes:
        cache = await connect_cluster(nodes)
        slot = key_slot(b"moving")
        owner = _owner(nodes, slot)
        target = next(node for node in nodes if node is not owner)
        name = "moving"
        assert await cache.counters.add(f"{{{name}}}:count") == 1
        assert await cache.values.delete(f"{{{name}}}:count") == 1
        reading = asyncio.create_task(cache.streams.read(name, wait=600))
        lock = cache.locks.hold(name, wait=1)
        await cache.values.get(name)
        identity = _identity(target)
        for node in (target, owner, *nodes):
            assert node.ask("CLUSTER", "SETSLOT", str(slot), "NODE", identity).startswith(b"+OK")
        async with lock:
            await soon(cache.streams.append(name, b"1"))
            assert (await soon(reading))[0].value == b"1"
            assert await cache.counters.add(f"{{{name}}}:count", ttl=60) == 1
        assert target.ask("EXISTS", name) == b":1\r\n"


async def test_a_node_that_was_away_is_used_again(connect_cluster):
    with cluster() as nodes:
        cache = await connect_cluster(nodes)
        names = [f"k:{number}" for number in range(30)]
        reading = [asyncio.create_task(cache.streams.read(f"s:{number}", wait=600)) for number in range(10)]
        async with cache.pubsub.subscribe("news") as messages:
            await asyncio.gather(*(cache.values.set(name, b"1") for name in names))
            await asyncio.to_thread(nodes[0].kill)
            await asyncio.to_thread(nodes[0].start)
            for name in names:
                await persist(lambda name=name: cache.values.set(name, b"2"), CacheError)
            for number in range(10):
                await persist(lambda number=number: cache.streams.append(f"s:{number}", b"1"), CacheError)
            assert [bool(await soon(one)) for one in reading] == [True] * 10
            assert await heard_again(messages, cache, "news") == ("news", b"again")
            assert await cache.values.get_many(names) == [b"2"] * 30


async def test_a_cluster_that_is_away_is_an_error_that_names_it(connect):
    port = free_port()
    cache = await connect(1, HASTY, REDIS_USE_CLUSTERS=True, REDIS_CLUSTERS=f"{HOST}:{port}")
    with pytest.raises(CacheError, match=f"cluster at {HOST}:{port} cannot be reached"):
        await soon(cache.ping())
    with pytest.raises(CacheError):
        await soon(cache.streams.read("a", wait=60))


async def test_a_single_server_is_no_cluster(server, connect):
    cache = await connect(1, HASTY, REDIS_USE_CLUSTERS=True, REDIS_CLUSTERS=f"{HOST}:{server.port}")
    with pytest.raises(CacheError, match="Cluster mode is not enabled"):
        await soon(cache.ping())


async def test_a_cluster_by_tls_is_reached_by_tls(cluster_nodes, connect_cluster):
    cache = await connect_cluster(cluster_nodes, HASTY, REDIS_USE_SSL=True)
    with pytest.raises(CacheError, match=r"cannot be reached|did not answer"):
        await soon(cache.ping())


async def test_a_cluster_without_nodes_is_an_error_of_the_settings(connect):
    with pytest.raises(SettingsError, match="REDIS_CLUSTERS names no server"):
        await connect(1, REDIS_USE_CLUSTERS=True)


def _owner(nodes, slot):
    for node in nodes:
        for line in node.ask("CLUSTER", "NODES").decode().splitlines():
            if "myself" in line:
                first, _, last = line.split()[8].partition("-")
                if int(first) <= slot <= int(last):
                    return node
    raise AssertionError(slot)


def _identity(node):
    return node.ask("CLUSTER", "MYID").decode().split("\r\n")[1]
