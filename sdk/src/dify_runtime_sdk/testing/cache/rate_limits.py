"""The part of the suite on limits."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
import time

import pytest

from dify_runtime_sdk.cache import Cache, LockTimeoutError, Verdict

from .base import MOMENT, PATIENCE, Suite, eventually, soon

both_windows = pytest.mark.parametrize("kind", ["fixed", "sliding"])


class RateLimitsSuite(Suite):
    """What `Cache.limits` must do; see `CacheSuite`."""

    @both_windows
    async def test_a_limit_lets_so_many_calls_through(self, cache: Cache, other: Cache, key: str, kind: str) -> None:
        """The calls left are counted down; who is refused learns for how long."""
        calls = [await _ask(store, kind, key, limit=3) for store in (cache, other, cache, other)]
        assert [call.allowed for call in calls] == [True, True, True, False]
        assert [call.remaining for call in calls] == [2, 1, 0, 0]
        assert [call.retry_after for call in calls[:3]] == [0, 0, 0]
        assert 0 < calls[3].retry_after <= 600

    @both_windows
    async def test_calls_are_let_through_again_later(self, cache: Cache, key: str, kind: str) -> None:
        """And those that were refused did not count."""
        for _ in range(2):
            await _ask(cache, kind, key, limit=2, window=MOMENT * 4)

        async def again() -> bool:
            return (await _ask(cache, kind, key, limit=2, window=MOMENT * 4)).allowed

        await eventually(again)

    @both_windows
    async def test_who_waits_as_told_is_let_through(self, cache: Cache, key: str, kind: str) -> None:
        """What a refusal says can be relied on."""
        while (refused := await _ask(cache, kind, key, limit=1, window=MOMENT * 4)).allowed:
            pass
        await asyncio.sleep(refused.retry_after + 0.005)  # clocks tick in milliseconds
        assert (await _ask(cache, kind, key, limit=1, window=MOMENT * 4)).allowed

    @both_windows
    async def test_a_limit_holds_for_many_at_once(self, cache: Cache, other: Cache, key: str, kind: str) -> None:
        """Atomic: not one call too many, and not one too few."""
        calls = await asyncio.gather(*(_ask(store, kind, key, limit=7) for _ in range(10) for store in (cache, other)))
        assert [call.allowed for call in calls].count(True) == 7
        assert sorted(call.remaining for call in calls if call.allowed) == list(range(7))

    @both_windows
    async def test_keys_have_limits_of_their_own(self, cache: Cache, key: str, kind: str) -> None:
        """So have the two kinds of window for one key."""
        assert (await _ask(cache, kind, key, limit=1)).allowed
        assert not (await _ask(cache, kind, key, limit=1)).allowed
        assert (await _ask(cache, kind, f"{key}:other", limit=1)).allowed
        assert (await _ask(cache, "fixed" if kind == "sliding" else "sliding", key, limit=1)).allowed

    @both_windows
    async def test_a_limit_of_nothing_refuses_everything(self, cache: Cache, key: str, kind: str) -> None:
        """Without dividing by it."""
        call = await _ask(cache, kind, key, limit=0)
        assert (call.allowed, call.remaining) == (False, 0)
        assert 0 < call.retry_after <= 600

    async def test_a_sliding_window_never_lets_too_many_through(self, cache: Cache, key: str) -> None:
        """Wherever one looks: the calls before the last `limit` are out of the window."""
        limit, window = 3, MOMENT * 3
        allowed: list[tuple[float, float]] = []
        while len(allowed) < 4 * limit:
            began = time.monotonic()
            call = await soon(cache.limits.sliding(key, limit=limit, window=window))
            if call.allowed:
                allowed.append((began, time.monotonic()))
            await asyncio.sleep(MOMENT / 10)
        spans = [allowed[n + limit][1] - allowed[n][0] for n in range(len(allowed) - limit)]
        assert min(spans) >= window

    async def test_so_many_slots_can_be_taken(self, cache: Cache, other: Cache, key: str) -> None:
        """Who comes too late is told at once, and a slot that is left is free."""
        async with cache.limits.slot(key, limit=2):
            async with other.limits.slot(key, limit=2):
                for store in (cache, other):
                    with pytest.raises(LockTimeoutError) as caught:
                        await _visit(store, key, limit=2)
                    assert key in caught.value.message
            await _visit(cache, key, limit=2)

    async def test_a_slot_is_freed_when_the_block_raises(self, cache: Cache, other: Cache, key: str) -> None:
        """What was raised comes through."""
        with pytest.raises(ZeroDivisionError):
            async with cache.limits.slot(key, limit=1):
                raise ZeroDivisionError
        await _visit(other, key, limit=1)

    async def test_a_slot_is_kept_for_longer_than_its_time(self, cache: Cache, other: Cache, key: str) -> None:
        """It is renewed while its holder lives."""
        async with cache.limits.slot(key, limit=1, ttl=1.5):
            await asyncio.sleep(2.0)
            with pytest.raises(LockTimeoutError):
                await _visit(other, key, limit=1)

    async def test_no_more_than_so_many_are_inside(self, cache: Cache, other: Cache, key: str) -> None:
        """Also when all come at once, again and again."""
        inside = 0
        crowds: list[int] = []

        async def come_in(store: Cache) -> None:
            nonlocal inside
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        async with store.limits.slot(key, limit=3):
                            inside += 1
                            crowds.append(inside)
                            await asyncio.sleep(0.002)
                            inside -= 1
                            return
                    except LockTimeoutError:
                        await asyncio.sleep(0.002)

        await asyncio.gather(*(come_in(store) for _ in range(6) for store in (cache, other)))
        assert len(crowds) == 12
        assert max(crowds) <= 3


async def _ask(store: Cache, kind: str, key: str, *, limit: int, window: float = 600) -> Verdict:
    limits = store.limits
    return await (limits.fixed if kind == "fixed" else limits.sliding)(key, limit=limit, window=window)


async def _visit(store: Cache, key: str, *, limit: int) -> None:
    async with store.limits.slot(key, limit=limit):
        pass
