"""What the conformance suite cannot see of the back end in the process."""

import asyncio

import pytest

from dify_cache.fencing import Fence
from dify_cache.local.cache import LocalCache
from dify_cache.local.expiring import Expiring
from dify_cache.local.limits import LocalLimits
from dify_cache.local.locks import LocalLocks
from dify_cache.local.pubsub import LocalPubSub
from dify_cache.local.streams import LocalStreams
from dify_cache.stream_id import StreamId
from dify_runtime_sdk.cache import CacheError, LockTimeoutError

from .waiting import soon, until


class Clock:
    """A clock that a test sets."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


def test_an_entry_expires_at_its_moment():
    clock = Clock()
    entries = Expiring[str](clock)
    entries.put("a", "1", 5)
    clock.now += 4.9
    assert entries.get("a") == "1"
    assert entries.remaining("a") == pytest.approx(0.1)
    clock.now += 0.1
    assert entries.get("a") is None
    assert not entries.expire("a", 5)
    assert entries.pop("a") is None
    assert entries.remaining("a") == 0


def test_an_updated_entry_expires_when_it_would_have():
    clock = Clock()
    entries = Expiring[str](clock)
    entries.put("a", "1", 5)
    entries.update("a", "2")
    entries.update("b", "3")
    clock.now += 5
    assert (entries.get("a"), entries.get("b")) == (None, "3")
    assert entries.remaining("b") == float("inf")


async def test_a_sweep_drops_what_has_expired_and_lets_others_run():
    clock = Clock()
    entries = Expiring[int](clock)
    for number in range(3500):
        entries.put(str(number), number, 5 if number % 2 else None)
    clock.now += 5
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    await entries.sweep()
    running.cancel()
    assert len(entries) == 1750
    assert turns >= 3


async def test_memory_is_given_back_without_being_asked():
    async with LocalCache(sweep_every=0.01) as cache:
        await cache.values.set("a", b"1", ttl=0.01)
        await cache.streams.append("b", b"1", ttl=0.01)
        await cache.limits.fixed("c", limit=1, window=0.01)
        await cache.limits.sliding("d", limit=1, window=0.01)
        maps = (cache._keyspace, cache.limits._counts, cache.limits._calls)
        assert sum(map(len, maps)) == 4
        await until(lambda: sum(map(len, maps)) == 0)


async def test_locks_slots_channels_and_readers_leave_nothing_behind():
    async with LocalCache() as cache:
        async with cache.locks.hold("a"), cache.limits.slot("a", limit=1), cache.pubsub.subscribe("a", "b", "a"):
            with pytest.raises(LockTimeoutError):
                async with cache.locks.hold("a", wait=0.01):
                    pass
            assert await cache.streams.read("a", wait=0.01) == []
        left = (cache.locks._entries, cache.limits._taken, cache.pubsub._channels, cache.streams._waiting)
        assert left == ({}, {}, {}, {})


async def test_no_task_is_left_when_it_closes():
    before = asyncio.all_tasks()
    async with LocalCache():
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before


async def test_iterators_end_when_it_closes():
    async with LocalCache() as cache:
        subscription = cache.pubsub.subscribe("a")
        messages = await subscription.__aenter__()
        await cache.pubsub.publish("a", b"1")
    assert [message async for message in messages] == [("a", b"1")]
    await subscription.__aexit__(None, None, None)


async def test_locks_are_given_in_the_order_of_asking():
    locks, order = LocalLocks(), []

    async def visit(number):
        async with locks.hold("a"):
            order.append(number)

    async with locks.hold("a"):
        waiting = [asyncio.create_task(visit(number)) for number in range(5)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


def test_tokens_grow_also_when_the_clock_is_set_back():
    clock = Clock(5_000_000)
    fence = Fence(clock)
    first = fence.next()
    clock.now = 1000
    assert (first, fence.next(), fence.next()) == (5000, 5001, 5002)


async def test_ids_grow_also_when_the_clock_is_set_back():
    clock = Clock(7_000_000)
    streams = LocalStreams(Expiring(), clock)
    ids = [await streams.append("a", b"1")]
    clock.now = 3_000_000
    ids += [await streams.append("b", b"1"), await streams.append("a", b"1")]
    clock.now = 8_000_000
    ids.append(await streams.append("a", b"1"))
    assert ids == ["7-0", "7-1", "7-2", "8-0"]


async def test_who_reads_too_slowly_loses_the_oldest(caplog):
    pubsub = LocalPubSub(limit=2)
    async with pubsub.subscribe("a") as messages:
        for number in range(5):
            await pubsub.publish("a", b"%d" % number)
        assert [await soon(anext(messages)) for _ in range(2)] == [("a", b"3"), ("a", b"4")]
    assert len(caplog.records) == 1


async def test_a_sliding_window_forgets_calls_one_by_one():
    clock = Clock()
    limits = LocalLimits(clock)
    for _ in range(3):
        assert (await limits.sliding("a", limit=3, window=10)).allowed
        clock.now += 2
    refused = await limits.sliding("a", limit=3, window=10)
    assert (refused.allowed, refused.retry_after) == (False, 4.0)
    clock.now += 4
    assert (await limits.sliding("a", limit=3, window=10)).remaining == 0
    assert not (await limits.sliding("a", limit=3, window=10)).allowed


async def test_a_fixed_window_begins_with_its_first_call():
    clock = Clock()
    limits = LocalLimits(clock)
    assert (await limits.fixed("a", limit=2, window=10)).allowed
    clock.now += 9
    assert (await limits.fixed("a", limit=2, window=10)).allowed
    assert (await limits.fixed("a", limit=2, window=10)).retry_after == pytest.approx(1)
    clock.now += 1
    assert (await limits.fixed("a", limit=2, window=10)).remaining == 1


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1-2-3", " 1", "1 ", "٣", "1" * 21, str(1 << 64), "0x1"])
def test_text_that_is_no_id_is_refused(text):
    with pytest.raises(CacheError, match="not the id"):
        StreamId.parse(text)


@pytest.mark.parametrize("text", ["0", "5", "5-0", "5-7", f"{(1 << 64) - 1}-{(1 << 64) - 1}"])
def test_ids_are_read_as_they_are_written(text):
    assert str(StreamId.parse(text)) == (text if "-" in text else f"{text}-0")
