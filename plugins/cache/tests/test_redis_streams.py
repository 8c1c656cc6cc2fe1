"""Streams, when connections do not last, and the connection that readers share."""

import asyncio

import pytest

from dify_cache.redis.tuning import Tuning
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .waiting import soon, until


def values(entries):
    return [entry.value for entry in entries]


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_waiting_reader_survives_cuts(proxied, server, connect, key, protocol):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, REDIS_SERIALIZATION_PROTOCOL=protocol)
    writer = await connect(server.port)
    reading = asyncio.create_task(cache.streams.read(key, wait=600))
    for number in range(1, 4):
        await until(lambda number=number: proxy.connections >= number)
        proxy.cut()
    await writer.streams.append(key, b"1")
    assert values(await soon(reading)) == [b"1"]


async def test_a_waiting_reader_survives_a_restart_of_the_server(own_server, connect):
    cache, writer = await connect(own_server.port), await connect(own_server.port)
    reading = asyncio.create_task(cache.streams.read("a", wait=600))
    await writer.values.get("a")
    await asyncio.to_thread(own_server.kill)
    await asyncio.to_thread(own_server.start)
    await writer.streams.append("a", b"1")
    assert values(await soon(reading)) == [b"1"]


@pytest.mark.parametrize("answer_only", [False, True], ids=["before the server has it", "before its answer"])
async def test_an_entry_is_appended_once_or_not_at_all(answer_only, proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    await cache.streams.append(f"{key}:warm", b"1")
    proxy.trap(b"EVALSHA", answer_only=answer_only)
    with pytest.raises(CacheError) as caught:
        await cache.streams.append(key, b"1")
    assert caught.value.hint == "the command may have been carried out"
    assert len(await cache.streams.range(key)) == int(answer_only)


async def test_no_entry_is_missed_while_connections_are_cut(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, writer = await connect(proxy.port), await connect(server.port)

    async def follow():
        found, place = [], "0"
        while len(found) < 200:
            for entry in await cache.streams.read(key, after=place, wait=0.5):
                found.append(entry.value)
                place = entry.id
        return found

    following = [asyncio.create_task(follow()) for _ in range(3)]
    for number in range(200):
        await writer.streams.append(key, b"%d" % number)
        if number % 40 == 20:
            proxy.cut()
            await asyncio.sleep(0.01)
    assert await soon(asyncio.gather(*following)) == [[b"%d" % number for number in range(200)]] * 3


async def test_who_reads_what_is_no_stream_does_not_harm_the_others(server, connect, key):
    cache = await connect(server.port)
    reading = [asyncio.create_task(cache.streams.read(f"{key}:{number}", wait=600)) for number in range(3)]
    await cache.values.set(f"{key}:value", b"1")
    with pytest.raises(CacheError, match="WRONGTYPE"):
        await soon(cache.streams.read(f"{key}:value", wait=600))
    for number in range(3):
        await cache.streams.append(f"{key}:{number}", b"1")
    assert [values(await soon(one)) for one in reading] == [[b"1"]] * 3


async def test_all_readers_share_a_connection_and_leave_the_others_alone(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, writer = await connect(proxy.port, Tuning(commands=1)), await connect(server.port)
    reading = [asyncio.create_task(cache.streams.read(f"{key}:{number}", wait=600)) for number in range(100)]
    await asyncio.sleep(0.05)
    assert await soon(cache.values.get(key)) is None
    for number in range(100):
        await writer.streams.append(f"{key}:{number}", b"1")
    assert [values(await soon(one)) for one in reading] == [[b"1"]] * 100
    assert proxy.connections <= 2


async def test_the_readers_connection_is_given_up_and_made_again(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, Tuning(linger=0.05, block=0.05))
    for number in range(1, 4):
        assert await soon(cache.streams.read(key, wait=0.02)) == []
        await until(lambda: all(reader.ended for reader in cache._readers._readers.values()))
        await cache.streams.append(key, b"1", max_length=1)
        assert len(await soon(cache.streams.read(key, wait=600))) == 1
        await cache.streams.delete(key)
        assert proxy.connections <= 1 + 2 * number


async def test_readers_hear_each_other_within_moments_not_blocks(server, connect, key):
    cache, writer = await connect(server.port, Tuning(block=60.0, answer=90.0)), await connect(server.port)
    first = asyncio.create_task(cache.streams.read(f"{key}:first", wait=600))
    await asyncio.sleep(0.05)  # it blocks now, for a minute, on its own stream only
    second = asyncio.create_task(cache.streams.read(f"{key}:second", wait=600))
    await writer.streams.append(f"{key}:second", b"1")
    assert values(await soon(second)) == [b"1"]
    first.cancel()


async def test_who_waits_when_the_cache_is_closed_is_told(server, connect, key):
    cache = await connect(server.port)
    reading = asyncio.create_task(cache.streams.read(key, wait=600))
    await cache.values.get(key)
    await cache.close()
    with pytest.raises(CacheError, match="closed"):
        await soon(reading)


async def test_a_server_that_comes_back_after_readers_failed_serves_new_ones(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, HASTY)
    await proxy.refuse()
    with pytest.raises(CacheError):
        await soon(cache.streams.read(key, wait=600))
    await proxy.accept()
    await cache.streams.append(key, b"1")
    assert values(await soon(cache.streams.read(key, wait=600))) == [b"1"]


async def test_entries_of_other_writers_are_read_by_their_first_field(server, connect, key):
    cache = await connect(server.port)
    server.ask("XADD", key, "5-1", "payload", "theirs", "more", "fields")
    assert values(await cache.streams.range(key)) == [b"theirs"]
    assert values(await soon(cache.streams.read(key, after="5-0", wait=600))) == [b"theirs"]


async def test_a_bell_leaves_no_key_for_long(own_server, connect):
    cache = await connect(own_server.port)
    reading = [asyncio.create_task(cache.streams.read(f"k:{number}", wait=600)) for number in range(20)]
    await asyncio.sleep(0.05)
    late = asyncio.create_task(cache.streams.read("late", wait=600))
    await cache.streams.append("late", b"1")
    await soon(late)
    bells = [name for name in own_server.ask("KEYS", "bell:*").decode().split("\r\n") if name.startswith("bell:")]
    assert bells
    assert [bell for bell in bells if not 0 < int(own_server.ask("PTTL", bell)[1:]) <= 60_000] == []
    for task in reading:
        task.cancel()
