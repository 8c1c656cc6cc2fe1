"""A master that Sentinels name, also when it is another one than before."""

import asyncio

import pytest

from dify_runtime_sdk import SettingsError
from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .servers import HOST, Server, free_port
from .topologies import watched
from .waiting import heard_again, persist, soon


async def test_everything_goes_on_with_the_new_master(connect_watched):
    with watched() as servers:
        cache, writer = await connect_watched(servers), await connect_watched(servers)
        async with cache.pubsub.subscribe("news") as messages, cache.locks.hold("a", ttl=600) as lease:
            reading = asyncio.create_task(cache.streams.read("log", wait=600))
            assert await writer.counters.add("count") == 1
            await asyncio.to_thread(servers.fail_over)
            await persist(lambda: writer.streams.append("log", b"after"), CacheError)
            assert (await soon(reading))[0].value == b"after"
            assert await heard_again(messages, writer, "news") == ("news", b"again")
            assert servers.replica.ask("EXISTS", "log") == b":1\r\n"
            assert not lease.lost


async def test_a_dead_master_is_replaced(connect_watched):
    with watched() as servers:
        cache = await connect_watched(servers)
        assert await cache.values.set("a", b"1")
        servers.master.ask("WAIT", "1", "5000")
        await asyncio.to_thread(servers.master.kill)
        await persist(lambda: cache.streams.append("log", b"after"), CacheError)
        assert await cache.values.get("a") == b"1"
        assert servers.replica.ask("EXISTS", "log") == b":1\r\n"


async def test_a_sentinel_that_is_away_is_passed_over(watched_servers, connect_watched):
    sentinels = f"{HOST}:{free_port()}, {HOST}:{watched_servers.sentinel.port}"
    cache = await connect_watched(watched_servers, REDIS_SENTINELS=sentinels)
    await soon(cache.ping())


async def test_a_master_that_nobody_knows_is_an_error_that_names_it(watched_servers, connect):
    cache = await connect(
        1,
        HASTY,
        REDIS_USE_SENTINEL=True,
        REDIS_SENTINELS=f"{HOST}:{watched_servers.sentinel.port}",
        REDIS_SENTINEL_SERVICE_NAME="unknown",
    )
    with pytest.raises(CacheError, match="cannot be reached: No master found for 'unknown'"):
        await soon(cache.ping())


async def test_sentinel_and_master_have_logins_of_their_own(connect, locked_server):
    watching = (f"sentinel monitor mymaster {HOST} {locked_server.port} 1", "sentinel auth-pass mymaster hunter2")
    with Server("requirepass sentinel-pw", *watching, sentinel=True) as sentinel:
        at = {
            "REDIS_USE_SENTINEL": True,
            "REDIS_SENTINELS": f"{HOST}:{sentinel.port}",
            "REDIS_SENTINEL_SERVICE_NAME": "mymaster",
        }
        watcher = {"REDIS_SENTINEL_USERNAME": "default", "REDIS_SENTINEL_PASSWORD": "sentinel-pw"}
        logins = {"REDIS_PASSWORD": "hunter2", **watcher}
        await soon((await connect(1, **at, **logins)).ping())
        wrongs = ("REDIS_PASSWORD", "REDIS_SENTINEL_PASSWORD", "REDIS_SENTINEL_USERNAME")
        for wrong in ({name: "wr0ng"} for name in wrongs):
            cache = await connect(1, HASTY, **at, **{**logins, **wrong})
            with pytest.raises(CacheError) as caught:
                await soon(cache.ping())
            told = f"{caught.value} {caught.value.__cause__}"
            assert [secret for secret in ("hunter2", "sentinel-pw", "wr0ng") if secret in told] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"REDIS_SENTINELS": "", "REDIS_SENTINEL_SERVICE_NAME": "mymaster"},
        {"REDIS_SENTINELS": "host:port", "REDIS_SENTINEL_SERVICE_NAME": "mymaster"},
        {"REDIS_SENTINELS": "host:1"},
    ],
    ids=["no Sentinel", "no port", "no name"],
)
async def test_incomplete_settings_are_an_error(settings, connect):
    with pytest.raises(SettingsError, match="REDIS_SENTINEL"):
        await connect(1, REDIS_USE_SENTINEL=True, **settings)
