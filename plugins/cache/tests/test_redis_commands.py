"""Commands, when the way to the server is bad."""

import asyncio

import pytest

from dify_cache.redis.tuning import Tuning
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .waiting import soon


async def hold(cache):
    async with cache.locks.hold("a", wait=1):
        pass


async def slot(cache):
    async with cache.limits.slot("a", limit=1):
        pass


async def subscribe(cache):
    async with cache.pubsub.subscribe("a"):
        pass


OPERATIONS = {
    "get": lambda cache: cache.values.get("a"),
    "get_many": lambda cache: cache.values.get_many(["a", "b"]),
    "set": lambda cache: cache.values.set("a", b"1"),
    "set_if_absent": lambda cache: cache.values.set("a", b"1", only_if_absent=True),
    "take": lambda cache: cache.values.take("a"),
    "expire": lambda cache: cache.values.expire("a", 1),
    "delete": lambda cache: cache.values.delete("a"),
    "add": lambda cache: cache.counters.add("a"),
    "count": lambda cache: cache.counters.get("a"),
    "fixed": lambda cache: cache.limits.fixed("a", limit=1, window=1),
    "sliding": lambda cache: cache.limits.sliding("a", limit=1, window=1),
    "publish": lambda cache: cache.pubsub.publish("a", b"1"),
    "append": lambda cache: cache.streams.append("a", b"1"),
    "range": lambda cache: cache.streams.range("a"),
    "read": lambda cache: cache.streams.read("a", wait=60),
    "read_for_a_moment": lambda cache: cache.streams.read("a", wait=0.1),
    "last_id": lambda cache: cache.streams.last_id("a"),
    "delete_stream": lambda cache: cache.streams.delete("a"),
    "hold": hold,
    "slot": slot,
    "subscribe": subscribe,
    "ping": lambda cache: cache.ping(),
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@every_operation
async def test_a_server_that_is_away_is_an_error_that_names_it(operation, proxied, server, connect):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, HASTY)
    await proxy.refuse()
    with pytest.raises(CacheError) as caught:
        await soon(operation(cache))
    assert f"127.0.0.1:{proxy.port}" in caught.value.message
    assert caught.value.hint


@every_operation
async def test_a_server_that_says_nothing_is_an_error(operation, proxied, server, connect):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, HASTY)
    await cache.ping()
    proxy.freeze()
    with pytest.raises(CacheError):
        await soon(operation(cache))


@every_operation
async def test_a_cache_that_was_closed_is_an_error_and_connects_no_more(operation, proxied, server, connect):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    await cache.close()
    with pytest.raises(CacheError, match="closed"):
        await soon(operation(cache))
    assert proxy.connections == 0


@pytest.mark.parametrize("answer_only", [False, True], ids=["before the server has it", "before its answer"])
@pytest.mark.parametrize(
    ("needle", "operation", "expected"),
    [
        (b"GET", lambda cache, key: cache.values.get(key), b"1"),
        (b"MGET", lambda cache, key: cache.values.get_many([key]), [b"1"]),
        (b"SET", lambda cache, key: cache.values.set(key, b"2"), True),
        (b"PEXPIRE", lambda cache, key: cache.values.expire(key, 60), True),
        (b"XRANGE", lambda cache, key: cache.streams.range(f"{key}:none"), []),
    ],
    ids=["get", "get_many", "set", "expire", "range"],
)
async def test_what_can_be_sent_again_is(needle, operation, expected, answer_only, proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    await cache.values.set(key, b"1")
    proxy.trap(needle, answer_only=answer_only, times=3)
    assert await soon(operation(cache, key)) == expected
    assert proxy.sprung.is_set()


@pytest.mark.parametrize("answer_only", [False, True], ids=["before the server has it", "before its answer"])
async def test_what_would_count_twice_is_sent_once(answer_only, proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    proxy.trap(b"INCRBY", answer_only=answer_only)
    with pytest.raises(CacheError) as caught:
        await soon(cache.counters.add(key))
    assert caught.value.hint == "the command may have been carried out"
    assert await cache.counters.get(key) == int(answer_only)


@pytest.mark.parametrize("kind", ["fixed", "sliding"])
async def test_a_limit_is_asked_again_and_never_let_through_twice(kind, proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    ask = getattr(cache.limits, kind)
    await ask(f"{key}:warm", limit=1, window=60)
    proxy.trap(b"EVALSHA", answer_only=True)
    await soon(ask(key, limit=2, window=60))
    allowed = [(await ask(key, limit=2, window=60)).allowed for _ in range(3)]
    assert allowed.count(True) <= 1


async def test_everything_is_sent_when_the_server_can_be_reached_again(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port)
    await proxy.refuse()
    waiting = [
        asyncio.create_task(cache.counters.add(key)),
        asyncio.create_task(cache.streams.append(f"{key}:log", b"1")),
        asyncio.create_task(cache.values.set(f"{key}:once", b"1", only_if_absent=True)),
    ]
    done, _ = await asyncio.wait(waiting, timeout=0.2)
    assert not done
    await proxy.accept()
    total, place, first = await soon(asyncio.gather(*waiting))
    assert (total, first) == (1, True)
    assert [entry.id for entry in await cache.streams.range(f"{key}:log")] == [place]


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_restart_of_the_server_goes_unnoticed(own_server, connect, protocol):
    cache = await connect(own_server.port, REDIS_SERIALIZATION_PROTOCOL=protocol)
    await asyncio.gather(*(cache.counters.add("a") for _ in range(10)))
    await asyncio.to_thread(own_server.kill)
    restart = asyncio.create_task(asyncio.to_thread(own_server.start))
    assert sorted(await soon(asyncio.gather(*(cache.counters.add("b") for _ in range(20))))) == list(range(1, 21))
    await restart


async def test_a_server_that_has_forgotten_the_scripts_is_told_again(own_server, connect):
    cache = await connect(own_server.port)
    assert await cache.counters.add("a", ttl=60) == 1
    own_server.ask("SCRIPT", "FLUSH", "SYNC")
    assert await cache.counters.add("a", ttl=60) == 2


async def test_an_answer_goes_to_who_asked_although_others_were_cancelled(proxied, server, connect, key):
    proxy = await proxied(server.port, delay=0.002)
    cache = await connect(proxy.port)
    names = [f"{key}:{number}" for number in range(40)]
    await asyncio.gather(*(cache.values.set(name, name.encode()) for name in names))
    for step in range(1, 12):
        tasks = [asyncio.create_task(cache.values.get(name)) for name in names]
        await asyncio.sleep(0.0007 * step)
        for task in tasks[::2]:
            task.cancel()
        got = await soon(asyncio.gather(*tasks, return_exceptions=True))
        assert got[1::2] == [name.encode() for name in names[1::2]]


async def test_commands_share_few_connections(proxied, server, connect, key):
    proxy = await proxied(server.port, delay=0.001)
    cache = await connect(proxy.port, Tuning(commands=4))
    await soon(asyncio.gather(*(cache.counters.add(key) for _ in range(60))))
    assert await cache.counters.get(key) == 60
    assert proxy.connections <= 4


async def test_a_key_of_another_kind_is_an_error(server, connect, key):
    cache = await connect(server.port)
    await cache.streams.append(key, b"1")
    with pytest.raises(CacheError, match="refuses the command: WRONGTYPE"):
        await cache.values.get(key)
    await cache.values.set(f"{key}:text", b"text")
    with pytest.raises(CacheError, match="no integer"):
        await cache.counters.get(f"{key}:text")


async def test_a_login_is_made_with_the_password(connect, locked_server):
    cache = await connect(locked_server.port, REDIS_PASSWORD="hunter2")
    assert await cache.values.set("a", b"1")


@pytest.mark.parametrize("protocol", [2, 3])
async def test_a_refused_login_is_told_at_once_and_without_the_password(connect, locked_server, protocol):
    settings = {"REDIS_PASSWORD": "s3cret-and-wrong", "REDIS_SERIALIZATION_PROTOCOL": protocol}
    cache = await connect(locked_server.port, Tuning(patience=600), **settings)
    with pytest.raises(CacheError) as caught:
        await soon(cache.ping())
    assert "refuses the login" in caught.value.message
    assert "REDIS_PASSWORD" in str(caught.value)
    shown = [str(caught.value), repr(caught.value), repr(cache), repr(caught.value.__cause__)]
    assert [text for text in shown if "s3cret" in text] == []


async def test_a_server_that_quotes_the_login_does_not_get_it_into_the_message(connect):
    async def answer(reader, writer):
        await reader.read(1024)
        writer.write(b"-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'hunter2'\r\n")
        await writer.drain()
        writer.close()

    old = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with old:
        cache = await connect(old.sockets[0].getsockname()[1], HASTY, REDIS_PASSWORD="hunter2")
        with pytest.raises(CacheError) as caught:
            await soon(cache.ping())
    assert "unknown command 'HELLO'" in caught.value.message
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_database_of_its_own(server, connect, key):
    one, two = await connect(server.port), await connect(server.port, REDIS_DB=1)
    await one.values.set(key, b"1")
    assert await two.values.get(key) is None
