"""Values, counters and streams have one namespace, with the same rules in both back ends."""

import asyncio

import pytest

from dify_cache.local.cache import LocalCache
from dify_runtime_sdk.cache import CacheError


@pytest.fixture(params=["local", "redis"])
async def cache(request, server, connect):
    if request.param == "redis":
        yield await connect(server.port)
        return
    async with LocalCache() as cache:
        yield cache


async def test_a_counter_is_a_value(cache, key):
    assert await cache.counters.add(key, 41) == 41
    assert await cache.values.get(key) == b"41"
    await cache.values.set(key, b"-7")
    assert await cache.counters.add(key) == -6
    assert await cache.values.delete(key) == 1
    assert await cache.counters.get(key) == 0


async def test_a_value_that_is_no_number_is_not_counted(cache, key):
    for text in (b"text", b"", b"1.5", b" 1", b"1_0"):
        await cache.values.set(key, text)
        with pytest.raises(CacheError):
            await cache.counters.add(key)
        with pytest.raises(CacheError):
            await cache.counters.get(key)
        assert await cache.values.get(key) == text


async def test_a_sum_that_does_not_fit_is_refused_and_changes_nothing(cache, key):
    largest = (1 << 63) - 1
    assert await cache.counters.add(key, largest) == largest
    with pytest.raises(CacheError):
        await cache.counters.add(key)
    assert await cache.counters.get(key) == largest


async def test_a_stream_is_no_value_but_can_be_deleted_and_expire(cache, key):
    await cache.streams.append(key, b"1")
    for operation in (cache.values.get, cache.values.take, cache.counters.get, cache.counters.add):
        with pytest.raises(CacheError):
            await operation(key)
    assert await cache.values.get_many([key]) == [None]
    assert not await cache.values.set(key, b"1", only_if_absent=True)
    assert await cache.values.expire(key, 600)
    assert await cache.values.delete(key) == 1
    assert await cache.streams.range(key) == []


async def test_a_value_is_no_stream_but_replaces_one(cache, key):
    await cache.streams.append(key, b"1")
    await cache.values.set(key, b"1")
    for operation in (cache.streams.range, cache.streams.last_id):
        with pytest.raises(CacheError):
            await operation(key)
    with pytest.raises(CacheError):
        await cache.streams.append(key, b"1")
    with pytest.raises(CacheError):
        await cache.streams.read(key, wait=60)
    await cache.streams.delete(key)
    assert await cache.values.get(key) is None


async def test_locks_and_limits_do_not_touch_the_values_of_their_names(cache, key):
    await cache.values.set(key, b"1")
    async with cache.locks.hold(key), cache.limits.slot(key, limit=1):
        assert (await cache.limits.fixed(key, limit=1, window=60)).allowed
        assert (await cache.limits.sliding(key, limit=1, window=60)).allowed
    assert await cache.values.get(key) == b"1"


@pytest.mark.parametrize("ttl", [0, -1, 0.0001])
async def test_a_time_that_is_over_is_over(cache, key, ttl):
    await cache.values.set(key, b"1", ttl=ttl)
    async with asyncio.timeout(30):
        while await cache.values.get(key) is not None:
            pass
