"""The part of the suite on locks."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dify_runtime_sdk.cache import Cache, LockTimeoutError

from .base import MOMENT, PATIENCE, Suite, cancelled, soon


class LocksSuite(Suite):
    """What `Cache.locks` must do; see `CacheSuite`."""

    async def test_a_lock_is_held_by_one(self, cache: Cache, other: Cache, key: str) -> None:
        """Neither the same process nor another one gets it, and who does not want to wait is told at once."""
        async with cache.locks.hold(key) as lease:
            assert not lease.lost
            for store in (cache, other):
                with pytest.raises(LockTimeoutError):
                    await _hold(store, key, wait=0)

    async def test_a_lock_is_free_after_the_block(self, cache: Cache, other: Cache, key: str) -> None:
        """Whoever comes next gets it."""
        await _hold(cache, key, wait=0)
        await _hold(other, key, wait=0)

    async def test_locks_of_other_names_are_free(self, cache: Cache, key: str) -> None:
        """One name, one lock."""
        async with cache.locks.hold(key):
            await _hold(cache, f"{key}:other", wait=0)

    async def test_a_lock_is_freed_when_the_block_raises(self, cache: Cache, other: Cache, key: str) -> None:
        """What was raised comes through."""
        with pytest.raises(ZeroDivisionError):
            async with cache.locks.hold(key):
                raise ZeroDivisionError
        await _hold(other, key, wait=PATIENCE)

    async def test_a_lock_is_freed_when_its_holder_is_cancelled(self, cache: Cache, other: Cache, key: str) -> None:
        """Long before its time is over."""
        async with _holding(cache, key):
            pass
        await _hold(other, key, wait=PATIENCE)

    async def test_who_waits_gets_it_when_it_is_free(self, cache: Cache, other: Cache, key: str) -> None:
        """Waiting without a limit."""
        async with cache.locks.hold(key) as first:
            waiting = asyncio.create_task(_hold(other, key, wait=None))
            await asyncio.sleep(MOMENT)
            assert not waiting.done()
        assert await soon(waiting) > first.token

    async def test_who_waits_gives_up_in_time(self, cache: Cache, other: Cache, key: str) -> None:
        """The error says which lock."""
        async with cache.locks.hold(key):
            with pytest.raises(LockTimeoutError) as caught:
                await soon(_hold(other, key, wait=MOMENT))
        assert key in caught.value.message

    async def test_who_stops_waiting_leaves_nothing_behind(self, cache: Cache, other: Cache, key: str) -> None:
        """A cancelled waiter does not end up with the lock."""
        async with cache.locks.hold(key):
            waiting = asyncio.create_task(_hold(other, key, wait=None))
            await asyncio.sleep(MOMENT)
            await cancelled(waiting)
        await _hold(cache, key, wait=PATIENCE)

    async def test_tokens_grow_from_holder_to_holder(self, cache: Cache, other: Cache, key: str) -> None:
        """What the lock protects can tell an earlier holder from a later one."""
        tokens = [await _hold(store, key, wait=PATIENCE) for _ in range(5) for store in (cache, other)]
        assert tokens == sorted(set(tokens))

    async def test_a_lock_is_kept_for_longer_than_its_time(self, cache: Cache, other: Cache, key: str) -> None:
        """It is renewed while its holder lives."""
        async with cache.locks.hold(key, ttl=1.5) as lease:
            await asyncio.sleep(2.0)
            assert not lease.lost
            with pytest.raises(LockTimeoutError):
                await _hold(other, key, wait=0)

    async def test_no_two_are_inside_at_once(self, cache: Cache, other: Cache, key: str) -> None:
        """The point of it all."""
        inside: list[int] = []
        crowds: list[int] = []

        async def visit(store: Cache, number: int) -> None:
            async with store.locks.hold(key, wait=PATIENCE):
                inside.append(number)
                crowds.append(len(inside))
                await asyncio.sleep(0.001)
                inside.remove(number)

        visits = [visit(store, 2 * number + index) for number in range(8) for index, store in enumerate((cache, other))]
        await soon(asyncio.gather(*visits))
        assert crowds == [1] * 16


async def _hold(store: Cache, name: str, *, wait: float | None) -> int:
    """Hold the lock for no time at all; its token."""
    async with store.locks.hold(name, wait=wait) as lease:
        return lease.token


@asynccontextmanager
async def _holding(store: Cache, name: str) -> AsyncIterator[None]:
    """A task holds the lock; it is cancelled in the end."""
    inside = asyncio.Event()

    async def hold() -> None:
        async with store.locks.hold(name):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await soon(inside.wait())
    try:
        yield
    finally:
        await cancelled(task)
