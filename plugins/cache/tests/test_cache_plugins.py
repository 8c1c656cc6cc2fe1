"""The plugins in a real runtime."""

import logging

import pytest

from dify_cache.local.cache import LocalCache
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_cache.redis.cache import RedisCache
from dify_cache.redis.plugin import CacheRedisPlugin
from dify_runtime.errors import BootError
from dify_runtime.records import State
from dify_runtime_sdk import Introspection, Plugin, Provides, Service, hookimpl
from dify_runtime_sdk.cache import Cache

from .servers import HOST, free_port

PLUGINS = {"cache": CachePlugin, "cache-local": CacheLocalPlugin, "cache-redis": CacheRedisPlugin}


class FeaturePlugin(Plugin):
    """Uses the cache while it starts."""

    requires = ("cache",)

    async def start(self, runtime):
        cache = await runtime.services.get(Cache)
        await cache.counters.add("feature:starts", ttl=600)


class OddCachePlugin(Plugin):
    """A back end of somebody else's."""

    provides = (Provides("cache-backend", key="odd"),)

    @hookimpl
    def services(self):
        return [Service(Cache, lambda _runtime: "odd")]


async def test_the_cache_is_in_the_process_by_default(runtime):
    booted = await runtime({**PLUGINS, "feature": FeaturePlugin})
    cache = await booted.services.get(Cache)
    assert isinstance(cache, LocalCache)
    assert await cache.counters.get("feature:starts") == 1
    assert booted.records["cache-redis"].state is State.IDLE
    assert booted.runtime.contributions("shared_backends") == []


async def test_two_runtimes_in_a_process_share_nothing(runtime):
    one, two = await runtime(PLUGINS), await runtime(PLUGINS)
    await (await one.services.get(Cache)).values.set("a", b"1")
    assert await (await two.services.get(Cache)).values.get("a") is None


async def test_the_cache_is_in_redis_when_that_is_named(runtime, server):
    settings = {"REDIS_HOST": HOST, "REDIS_PORT": server.port}
    booted = await runtime({**PLUGINS, "feature": FeaturePlugin}, environ={n: str(v) for n, v in settings.items()})
    cache = await booted.services.get(Cache)
    assert isinstance(cache, RedisCache)
    assert await cache.counters.get("feature:starts") >= 1
    assert booted.records["cache-local"].state is State.IDLE
    assert booted.runtime.contributions("shared_backends") == [("cache-redis", "cache")]


async def test_a_named_redis_can_be_left_alone(runtime):
    booted = await runtime(PLUGINS, settings={"REDIS_HOST": "redis.example", "CACHE_BACKEND": "local"})
    assert isinstance(await booted.services.get(Cache), LocalCache)


async def test_a_third_party_brings_a_back_end_of_its_own(runtime):
    booted = await runtime({**PLUGINS, "cache-odd": OddCachePlugin}, settings={"CACHE_BACKEND": "odd"})
    assert await booted.services.get(Cache) == "odd"


async def test_a_back_end_that_is_not_there_is_an_error_that_lists_those_that_are(runtime):
    with pytest.raises(BootError, match=r"CACHE_BACKEND=memcached .* selects no provider .*available: local, redis"):
        await runtime(PLUGINS, settings={"CACHE_BACKEND": "memcached"})


async def test_a_redis_that_is_away_stops_the_boot_with_its_address(runtime):
    port = free_port()
    with pytest.raises(BootError, match=f"Redis at {HOST}:{port} cannot be reached"):
        await runtime(PLUGINS, settings={"REDIS_HOST": HOST, "REDIS_PORT": port})


async def test_a_wrong_password_stops_the_boot_and_is_not_shown(runtime, locked_server, caplog):
    caplog.set_level(logging.DEBUG)
    settings = {"REDIS_HOST": HOST, "REDIS_PORT": locked_server.port, "REDIS_PASSWORD": "s3cret-and-wrong"}
    with pytest.raises(BootError, match="refuses the login") as caught:
        await runtime(PLUGINS, settings=settings)
    assert "s3cret" not in f"{caught.value}{caplog.text}"


async def test_a_redis_that_goes_away_makes_the_runtime_unready_until_it_is_back(runtime, own_server):
    booted = await runtime(PLUGINS, settings={"REDIS_HOST": HOST, "REDIS_PORT": own_server.port})
    introspection = await booted.services.get(Introspection)
    assert (await introspection.readiness()).status == "ready"
    own_server.kill()
    readiness = await introspection.readiness()
    assert readiness.status == "not_ready"
    assert [check.plugin for check in readiness.checks if check.error] == ["cache-redis"]
    own_server.start()
    assert (await introspection.readiness()).status == "ready"


async def test_a_setting_without_effect_is_said_to_be_so(runtime, server, caplog):
    settings = {"REDIS_HOST": HOST, "REDIS_PORT": server.port, "REDIS_ENABLE_CLIENT_SIDE_CACHE": True}
    await runtime(PLUGINS, settings=settings)
    assert "REDIS_ENABLE_CLIENT_SIDE_CACHE has no effect" in caplog.text
