"""Locks and slots, when the way to the server is bad."""

import asyncio
import logging

import pytest

from dify_cache.redis.tuning import Tuning
from dify_runtime_sdk.cache import LockTimeoutError

from .conftest import HASTY, PATIENT
from .waiting import PATIENCE, persist, soon, until


async def token(cache, name, wait=PATIENCE):
    async with cache.locks.hold(name, wait=wait) as lease:
        return lease.token


async def visit(cache, name):
    async with cache.limits.slot(name, limit=1):
        return True


async def test_asking_for_a_lock_survives_a_cut(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port), await connect(server.port)
    await token(cache, f"{key}:warm")
    for answer_only in (False, True):
        proxy.trap(b"EVALSHA", answer_only=answer_only, times=2)
        async with cache.locks.hold(key, wait=0) as lease:
            with pytest.raises(LockTimeoutError):
                await token(other, key, wait=0)
        assert await token(other, key, wait=0) > lease.token
        assert proxy.sprung.is_set()


async def test_taking_a_slot_survives_a_cut_and_takes_one(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port), await connect(server.port)
    proxy.trap(b"EVALSHA", answer_only=True, times=2)
    async with cache.limits.slot(key, limit=2), other.limits.slot(key, limit=2):
        with pytest.raises(LockTimeoutError):
            await visit(other, key)
    assert await visit(other, key)


async def test_a_lock_is_lost_when_the_server_is_away_for_too_long(proxied, server, connect, key, caplog):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port, HASTY), await connect(server.port)
    async with cache.locks.hold(key, ttl=0.3) as lease:
        await proxy.refuse()
        await until(lambda: lease.lost)
        assert await token(other, key) > lease.token
        await proxy.accept()
        assert lease.lost
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_holder_whose_server_is_gone_leaves_in_time(proxied, server, connect, key, caplog):
    proxy = await proxied(server.port)
    cache = await connect(proxy.port, HASTY)

    async def work():
        async with cache.locks.hold(key), cache.limits.slot(key, limit=1):
            await proxy.refuse()
        return "done"

    assert await soon(work()) == "done"
    assert "stays until it expires" in caplog.text
    assert "stays taken until it expires" in caplog.text


async def test_a_lock_outlives_failed_renewals(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port, HASTY), await connect(server.port)
    async with cache.locks.hold(key, ttl=3) as lease:
        proxy.trap(b"EVALSHA", times=2)
        await soon(proxy.sprung.wait())
        await asyncio.sleep(2.5)  # without a renewal since, it would be over
        assert not lease.lost
        with pytest.raises(LockTimeoutError):
            await token(other, key, wait=0)


async def test_a_lock_that_somebody_took_away_is_lost(server, connect, key):
    cache = await connect(server.port)
    async with cache.locks.hold(key, ttl=0.3) as lease:
        await cache.values.set(f"lock:{{{key}}}", b"somebody else")
        await until(lambda: lease.lost)
    assert await cache.values.get(f"lock:{{{key}}}") == b"somebody else"


async def test_a_server_that_lost_its_data_lost_the_lock_and_gives_larger_tokens(own_server, connect):
    cache = await connect(own_server.port)
    async with cache.locks.hold("a", ttl=1) as lease:
        await asyncio.to_thread(own_server.kill)
        await asyncio.to_thread(own_server.start)
        assert await token(cache, "a") > lease.token
        await until(lambda: lease.lost)


async def test_a_lock_of_another_application_is_waited_for(server, connect, key):
    cache = await connect(server.port, Tuning(first_poll=0.02))
    await cache.values.set(f"lock:{{{key}}}", b"for ever")
    with pytest.raises(LockTimeoutError):
        await soon(token(cache, key, wait=0.1))
    await cache.values.delete(f"lock:{{{key}}}")
    assert await soon(token(cache, key))


@pytest.mark.parametrize("answered", [False, True], ids=["asking", "asked"])
async def test_who_is_cancelled_while_asking_leaves_no_lock_behind(answered, proxied, server, connect, key):
    proxy = await proxied(server.port, delay=0.02)
    cache, other = await connect(proxy.port), await connect(server.port)
    await token(cache, f"{key}:warm")
    asking = asyncio.create_task(token(cache, key))
    await asyncio.sleep(0.03 if answered else 0.01)  # the request takes 0.02 s, and so does the answer
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    assert await soon(token(other, key))


async def test_who_is_cancelled_while_asking_leaves_no_slot_behind(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port), await connect(server.port)
    proxy.freeze()
    asking = asyncio.create_task(visit(cache, key))
    await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.wait({asking})
    proxy.thaw()
    assert await persist(lambda: visit(other, key), LockTimeoutError)


async def test_who_is_cancelled_while_leaving_still_leaves(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port), await connect(server.port)
    inside = asyncio.Event()

    async def work():
        async with cache.limits.slot(key, limit=1), cache.locks.hold(key):
            inside.set()
            proxy.freeze()

    working = asyncio.create_task(work())
    await soon(inside.wait())
    await asyncio.sleep(0.05)
    for _ in range(2):  # out of the lock, then out of the slot
        working.cancel()
        await asyncio.sleep(0)
    await asyncio.wait({working})
    proxy.thaw()
    assert await soon(token(other, key))
    assert await persist(lambda: visit(other, key), LockTimeoutError)


async def test_closing_waits_for_what_cancelled_callers_left(proxied, server, connect, key):
    proxy = await proxied(server.port, delay=0.02)
    cache, other = await connect(proxy.port), await connect(server.port)
    asking = asyncio.create_task(token(cache, key))
    await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait({asking})
    await cache.close()
    assert await token(other, key, wait=0)


async def test_slots_of_dead_holders_are_free_after_their_time(proxied, server, connect, key):
    proxy = await proxied(server.port)
    cache, other = await connect(proxy.port, HASTY), await connect(server.port, PATIENT)
    async with cache.limits.slot(key, limit=1, ttl=0.3):
        await proxy.refuse()
        assert await persist(lambda: visit(other, key), LockTimeoutError)
