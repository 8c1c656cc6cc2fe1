"""The part of the suite on counters."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio

from dify_runtime_sdk.cache import Cache

from .base import MOMENT, Suite, eventually


class CountersSuite(Suite):
    """What `Cache.counters` must do; see `CacheSuite`."""

    async def test_a_counter_begins_at_zero(self, cache: Cache, key: str) -> None:
        """Looking does not make one."""
        assert await cache.counters.get(key) == 0
        assert await cache.counters.add(key) == 1

    async def test_a_counter_goes_up_and_down(self, cache: Cache, other: Cache, key: str) -> None:
        """Below zero too, and by large numbers."""
        assert await cache.counters.add(key, 5) == 5
        assert await other.counters.add(key, -7) == -2
        assert await cache.counters.add(key, 0) == -2
        assert await cache.counters.add(key, 1 << 60) == (1 << 60) - 2
        assert await other.counters.get(key) == (1 << 60) - 2

    async def test_large_sums_are_exact_with_a_time_too(self, cache: Cache, key: str) -> None:
        """Nothing is rounded on the way."""
        assert await cache.counters.add(key, (1 << 60) + 1, ttl=600) == (1 << 60) + 1

    async def test_no_addition_is_lost(self, cache: Cache, other: Cache, key: str) -> None:
        """Each of many gets a sum of its own."""
        sums = await asyncio.gather(*(store.counters.add(key) for _ in range(25) for store in (cache, other)))
        assert sorted(sums) == list(range(1, 51))
        assert await cache.counters.get(key) == 50

    async def test_a_counter_expires(self, cache: Cache, key: str) -> None:
        """The time of the call that made it is kept."""
        await cache.counters.add(key, ttl=MOMENT)

        async def gone() -> bool:
            return await cache.counters.get(key) == 0

        await eventually(gone)

    async def test_only_the_call_that_makes_a_counter_gives_it_a_time(self, cache: Cache, key: str) -> None:
        """Later calls leave it alone."""
        await cache.counters.add(key)
        assert await cache.counters.add(key, ttl=MOMENT) == 2
        await asyncio.sleep(MOMENT * 3)
        assert await cache.counters.get(key) == 2
