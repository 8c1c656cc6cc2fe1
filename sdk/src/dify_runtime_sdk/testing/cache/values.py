"""The part of the suite on values by key."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio

import pytest

from dify_runtime_sdk.cache import Cache

from .base import MOMENT, Suite, eventually


class ValuesSuite(Suite):
    """What `Cache.values` must do; see `CacheSuite`."""

    async def test_what_was_never_set_is_none(self, cache: Cache, key: str) -> None:
        """A miss is no error."""
        assert await cache.values.get(key) is None

    @pytest.mark.parametrize("value", [b"", bytes(range(256)), b"x" * 1_000_000], ids=["empty", "binary", "large"])
    async def test_a_value_comes_back_as_it_was(self, cache: Cache, other: Cache, key: str, value: bytes) -> None:
        """Every byte counts, for whoever reads it."""
        assert await cache.values.set(key, value)
        assert await other.values.get(key) == value

    @pytest.mark.parametrize("tail", ["é漢字", " with blanks\n", "{", "}", "{}", "{a}{b}", "}{"])
    async def test_any_text_is_a_key(self, cache: Cache, key: str, tail: str) -> None:
        """Braces mean something to a cluster, and nothing here."""
        await cache.values.set(key + tail, b"1")
        assert await cache.values.get(key + tail) == b"1"
        assert await cache.values.get(key) is None

    async def test_a_value_is_replaced(self, cache: Cache, key: str) -> None:
        """The last one stays."""
        await cache.values.set(key, b"1")
        assert await cache.values.set(key, b"2")
        assert await cache.values.get(key) == b"2"

    async def test_a_value_expires(self, cache: Cache, key: str) -> None:
        """A time to live is kept."""
        await cache.values.set(key, b"1", ttl=MOMENT)

        async def gone() -> bool:
            return await cache.values.get(key) is None

        await eventually(gone)

    async def test_a_value_set_again_without_a_time_stays(self, cache: Cache, key: str) -> None:
        """What replaces a value replaces its time to live."""
        await cache.values.set(key, b"1", ttl=MOMENT)
        await cache.values.set(key, b"2")
        await asyncio.sleep(MOMENT * 3)
        assert await cache.values.get(key) == b"2"

    async def test_only_if_absent_keeps_what_is_there(self, cache: Cache, other: Cache, key: str) -> None:
        """The first one stays, and the second learns that it is not the first."""
        assert await cache.values.set(key, b"1", only_if_absent=True, ttl=600)
        assert not await other.values.set(key, b"2", only_if_absent=True)
        assert await cache.values.get(key) == b"1"

    async def test_of_many_only_if_absent_one_wins(self, cache: Cache, other: Cache, key: str) -> None:
        """Atomic, so that it can elect."""
        tries = [store.values.set(key, b"%d" % n, only_if_absent=True) for n in range(10) for store in (cache, other)]
        assert (await asyncio.gather(*tries)).count(True) == 1

    async def test_take_gets_the_value_and_removes_it(self, cache: Cache, other: Cache, key: str) -> None:
        """A token that is used once."""
        await cache.values.set(key, b"1")
        assert await other.values.take(key) == b"1"
        assert await cache.values.take(key) is None
        assert await cache.values.get(key) is None

    async def test_of_many_takers_one_gets_it(self, cache: Cache, other: Cache, key: str) -> None:
        """Atomic, so that nothing is used twice."""
        await cache.values.set(key, b"1")
        taken = await asyncio.gather(*(store.values.take(key) for _ in range(10) for store in (cache, other)))
        assert (taken.count(b"1"), taken.count(None)) == (1, 19)

    async def test_expire_gives_a_value_a_time(self, cache: Cache, key: str) -> None:
        """Later than set, and only where there is something."""
        assert not await cache.values.expire(key, MOMENT)
        await cache.values.set(key, b"1")
        assert await cache.values.expire(key, MOMENT)

        async def gone() -> bool:
            return await cache.values.get(key) is None

        await eventually(gone)

    async def test_expire_can_give_more_time(self, cache: Cache, key: str) -> None:
        """A session that is used lives on."""
        await cache.values.set(key, b"1", ttl=600)
        assert await cache.values.expire(key, 1200)
        assert await cache.values.get(key) == b"1"

    async def test_delete_counts_what_was_there(self, cache: Cache, other: Cache, key: str) -> None:
        """Missing keys are no error; nor are no keys."""
        await cache.values.set(f"{key}:a", b"1")
        await cache.values.set(f"{key}:b", b"2")
        assert await other.values.delete(f"{key}:a", f"{key}:b", f"{key}:c") == 2
        assert await cache.values.get(f"{key}:a") is None
        assert await cache.values.delete(f"{key}:a") == 0
        assert await cache.values.delete() == 0

    async def test_get_many_keeps_the_order(self, cache: Cache, key: str) -> None:
        """One answer per key, also for those that are missing or asked for twice."""
        await cache.values.set(f"{key}:a", b"1")
        await cache.values.set(f"{key}:b", b"2")
        names = [f"{key}:b", f"{key}:missing", f"{key}:a", f"{key}:b"]
        assert await cache.values.get_many(names) == [b"2", None, b"1", b"2"]
        assert await cache.values.get_many([]) == []
