"""Subscribers, when their connection does not last."""

import asyncio
import logging

import pytest

from dify_cache.redis.tuning import Tuning
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY, PATIENT
from .waiting import heard_again, soon, until


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_subscriber_survives_a_cut(proxied, server, connect, key, protocol, caplog):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, REDIS_SERIALIZATION_PROTOCOL=protocol)
    publisher = await connect(server.port)
    async with cache.pubsub.subscribe(key) as messages, cache.pubsub.subscribe(f"{key}:2") as others:
        for _ in range(3):
            proxy.cut()
            assert await heard_again(messages, publisher, key) == (key, b"again")
            assert await heard_again(others, publisher, f"{key}:2") == (f"{key}:2", b"again")
    assert "subscribers lost their connection" in caplog.text


async def test_a_subscriber_survives_a_restart_of_the_server(own_server, connect):
    cache, publisher = await connect(own_server.port), await connect(own_server.port)
    async with cache.pubsub.subscribe("a") as messages:
        await asyncio.to_thread(own_server.kill)
        await asyncio.to_thread(own_server.start)
        assert await heard_again(messages, publisher, "a") == ("a", b"again")


async def test_a_subscriber_survives_a_silent_server(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, publisher = await connect(proxy.port, HASTY), await connect(server.port)
    async with cache.pubsub.subscribe(key) as messages:
        before = proxy.connections
        proxy.freeze()
        await until(lambda: proxy.connections > before + 1)
        proxy.thaw()
        assert await heard_again(messages, publisher, key) == (key, b"again")


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_silent_channel_keeps_its_connection(proxied, server, connect, key, protocol):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, Tuning(silence=0.02), REDIS_SERIALIZATION_PROTOCOL=protocol)
    async with cache.pubsub.subscribe(key) as messages:
        await asyncio.sleep(0.3)
        await cache.pubsub.publish(key, b"1")
        assert await soon(anext(messages)) == (key, b"1")
    assert proxy.connections == 2


@pytest.mark.parametrize("answer_only", [False, True], ids=["before the server has it", "before its answer"])
async def test_subscribing_survives_a_cut(answer_only, proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, publisher = await connect(proxy.port), await connect(server.port)
    async with cache.pubsub.subscribe(f"{key}:first"):
        proxy.trap(b"SUBSCRIBE", answer_only=answer_only)
        async with cache.pubsub.subscribe(key) as messages:
            await publisher.pubsub.publish(key, b"1")
            assert await soon(anext(messages)) == (key, b"1")
    assert proxy.sprung.is_set()


async def test_subscribing_waits_for_a_server_that_is_away_for_a_while(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, publisher = await connect(proxy.port), await connect(server.port)
    await proxy.refuse()

    async def hear():
        async with cache.pubsub.subscribe(key) as messages:
            return await heard_again(messages, publisher, key)

    hearing = asyncio.create_task(hear())
    done, _ = await asyncio.wait({hearing}, timeout=0.1)
    assert not done
    await proxy.accept()
    assert await soon(hearing) == (key, b"again")


async def test_who_gave_up_subscribing_is_forgotten(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, HASTY)
    await proxy.refuse()
    with pytest.raises(CacheError):
        async with cache.pubsub.subscribe(key):
            pass
    await proxy.accept()
    async with cache.pubsub.subscribe(f"{key}:other"):
        assert f"{key}\r\n" not in server.ask("PUBSUB", "CHANNELS", f"{key}*").decode()


async def test_a_refused_subscription_is_an_error_that_says_so(own_server, connect):
    own_server.ask("ACL", "SETUSER", "deaf", "on", ">pw", "~*", "+@all", "resetchannels")
    cache = await connect(own_server.port, HASTY, REDIS_USERNAME="deaf", REDIS_PASSWORD="pw")
    with pytest.raises(CacheError, match=r"refuses the command: .*permission"):
        async with cache.pubsub.subscribe("a"):
            pass


async def test_all_subscribers_share_a_connection(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)

    async def hear(number):
        async with cache.pubsub.subscribe(f"{key}:{number}", f"{key}:all") as messages:
            ready.release()
            return await soon(anext(messages))

    ready = asyncio.Semaphore(0)
    hearing = [asyncio.create_task(hear(number)) for number in range(50)]
    for _ in hearing:
        await soon(ready.acquire())
    assert proxy.connections == 1
    await cache.pubsub.publish(f"{key}:all", b"1")
    assert await soon(asyncio.gather(*hearing)) == [(f"{key}:all", b"1")] * 50


async def test_who_reads_too_slowly_loses_the_oldest_and_holds_up_nobody(server, connect, key, caplog):
    cache = await connect(server.port, Tuning(backlog=3))
    async with cache.pubsub.subscribe(key) as slow, cache.pubsub.subscribe(key) as quick:
        for number in range(10):
            await cache.pubsub.publish(key, b"%d" % number)
            assert await soon(anext(quick)) == (key, b"%d" % number)
        assert [(await soon(anext(slow)))[1] for _ in range(3)] == [b"7", b"8", b"9"]
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


async def test_a_message_is_published_once_or_not_at_all(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, listener = await connect(proxy.port), await connect(server.port)
    async with listener.pubsub.subscribe(key) as messages:
        proxy.trap(b"PUBLISH", answer_only=True)
        with pytest.raises(CacheError):
            await cache.pubsub.publish(key, b"1")
        await cache.pubsub.publish(key, b"2")
        assert [(await soon(anext(messages)))[1] for _ in range(2)] == [b"1", b"2"]


async def test_iterators_end_when_the_cache_is_closed(server, connect, key):
    cache = await connect(server.port, PATIENT)

    async def hear():
        async with cache.pubsub.subscribe(key) as messages:
            listening.set()
            return [message async for message in messages]

    listening = asyncio.Event()
    hearing = asyncio.create_task(hear())
    await soon(listening.wait())
    await cache.close()
    assert await soon(hearing) == []
