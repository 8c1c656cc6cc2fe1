"""The code of the guide runs."""

import asyncio
import re
from pathlib import Path
from textwrap import indent

import pytest

from dify_cache.local.cache import LocalCache
from dify_cache.local.plugin import CacheLocalPlugin
from dify_cache.plugin import CachePlugin
from dify_runtime_sdk import Plugin
from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.testing.cache import CacheSuite

GUIDE = (Path(__file__).parents[3] / "docs" / "how-to" / "use-the-cache.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
CLASSES = {name: block for block in BLOCKS for name in re.findall(r"^class (\w+)", block, re.MULTILINE)}
SNIPPETS = [block for block in BLOCKS if "class " not in block]


class Over(Exception):
    """The end of a snippet."""

    def __init__(self, retry_after=0.0):
        super().__init__(retry_after)


class Stage:
    """What the snippets call, and what became of it."""

    def __init__(self, cache):
        self.cache = cache
        self.done = []

    def perform(self, snippet):
        names = {"cache": self.cache, "running": True, "TooManyRequests": Over, "stop": self._stop}
        names |= {"rebuild": self._do("rebuild", "rows"), "publish": self._do("publish"), "run": self._do("run")}
        exec(f"async def shown():\n{indent(snippet, '    ')}", names)
        return names["shown"]()

    def _do(self, what, result=None):
        async def do(*_, **__):
            self.done.append(what)
            return result

        return do

    def _stop(self, channel, message):
        self.done.append((channel, message))
        raise Over


def snippet(part):
    [found] = [one for one in SNIPPETS if part in one]
    return found


@pytest.fixture
async def stage():
    async with LocalCache() as cache:
        yield Stage(cache)


async def test_values_counters_locks_and_limits(stage):
    await stage.perform(snippet("invitation:9"))
    await stage.perform(snippet("locks.hold"))
    for _ in range(3):
        await stage.perform(snippet("limits.sliding"))
    with pytest.raises(Over) as caught:
        await stage.perform(snippet("limits.sliding"))
    assert 0 < caught.value.args[0] <= 300
    assert stage.done == ["rebuild", "publish", "run", "run", "run"]
    assert await stage.cache.counters.get("failures:kim") == 1


async def test_messages(stage):
    listening = asyncio.create_task(stage.perform(snippet("pubsub.subscribe")))
    await asyncio.sleep(0)
    await stage.cache.pubsub.publish("stop:all", b"now")
    with pytest.raises(Over):
        await listening
    assert stage.done == [("stop:all", b"now")]


async def test_streams(stage):
    following = stage.perform(snippet("streams.append"))
    assert await anext(following) == b"..."
    await following.aclose()


async def test_the_plugin(runtime):
    names = {}
    exec(CLASSES["GreetingPlugin"], names)
    booted = await runtime({"greeting": names["GreetingPlugin"], "cache": CachePlugin, "cache-local": CacheLocalPlugin})
    assert await (await booted.services.get(Cache)).counters.get("greeting:starts") == 1


async def test_the_back_end_of_somebody_else(runtime):
    names = {"connect": lambda _runtime: "memcached"}
    exec(CLASSES["MemcachedPlugin"], names)
    plugin = names["MemcachedPlugin"]
    assert issubclass(plugin, Plugin)
    booted = await runtime({"cache": CachePlugin, "odd": plugin}, settings={"CACHE_BACKEND": "memcached"})
    assert await booted.services.get(Cache) == "memcached"
    assert booted.runtime.contributions("shared_backends") == [("odd", "cache")]


def test_the_suite():
    names = {}
    exec(CLASSES["TestMemcached"], names)
    assert issubclass(names["TestMemcached"], CacheSuite)


def test_every_block_of_the_guide_is_run():
    assert len(SNIPPETS) == 5
    assert sorted(CLASSES) == ["GreetingPlugin", "MemcachedPlugin", "TestMemcached"]
