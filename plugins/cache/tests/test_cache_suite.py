"""The conformance suite notices what is wrong."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from dify_cache.local.cache import LocalCache
from dify_cache.local.locks import LocalLease
from dify_runtime_sdk.cache import LockTimeoutError, Verdict
from dify_runtime_sdk.testing.cache import CacheSuite


def elects_everybody(cache):
    kept = cache.values.set

    async def always_first(key, value, *, ttl=None, only_if_absent=False):
        await kept(key, value, ttl=ttl)
        return True

    cache.values.set = always_first


def takes_twice(cache):
    cache.values.take = cache.values.get


def forgets_the_order(cache):
    async def sorted_by_key(keys):
        return [await cache.values.get(key) for key in sorted(keys)]

    cache.values.get_many = sorted_by_key


def loses_additions(cache):
    async def in_two_steps(key, by=1, *, ttl=None):
        total = await cache.counters.get(key) + by
        await asyncio.sleep(0)
        await cache.values.set(key, b"%d" % total, ttl=ttl)
        return total

    cache.counters.add = in_two_steps


def locks_nothing(cache):
    @asynccontextmanager
    async def hold(name, *, ttl=30.0, wait=None):
        yield LocalLease(1)

    cache.locks.hold = hold


def repeats_tokens(cache):
    cache.locks._fence.next = lambda: 7


def keeps_what_a_cancelled_waiter_got(cache):
    taken = set()

    @asynccontextmanager
    async def hold(name, *, ttl=30.0, wait=None):
        while name in taken:
            if wait is not None:
                raise LockTimeoutError(f"{name} is not free")
            await asyncio.sleep(0.001)
        taken.add(name)
        yield LocalLease(1)
        taken.discard(name)  # not reached when the block raises

    cache.locks.hold = hold


def lets_one_more_through(cache):
    fixed, sliding = cache.limits.fixed, cache.limits.sliding
    cache.limits.fixed = lambda key, *, limit, window: fixed(key, limit=limit + 1, window=window)
    cache.limits.sliding = lambda key, *, limit, window: sliding(key, limit=limit + 1, window=window)


def never_says_when(cache):
    fixed = cache.limits.fixed

    async def silent(key, *, limit, window):
        verdict = await fixed(key, limit=limit, window=window)
        return Verdict(verdict.allowed, verdict.remaining, 0.0)

    cache.limits.fixed = silent


def has_slots_for_all(cache):
    slot = cache.limits.slot
    cache.limits.slot = lambda key, *, limit, ttl=600.0: slot(key, limit=100, ttl=ttl)


def delivers_everything_to_everybody(cache):
    async def publish(channel, message):
        for mailboxes in cache.pubsub._channels.values():
            for mailbox in mailboxes:
                mailbox.put(channel, message)

    cache.pubsub.publish = publish


def ranges_from_the_id(cache):
    kept = cache.streams.range

    async def inclusive(key, *, after="0", count=None):
        entries = await kept(key)
        return [entry for entry in entries if after == "0" or entry.id >= after][:count]

    cache.streams.range = inclusive


def reads_from_the_beginning(cache):
    kept = cache.streams.read
    cache.streams.read = lambda key, *, after="0", wait, count=None: kept(key, wait=wait, count=count)


def cuts_too_much(cache):
    kept = cache.streams.range

    async def newest(key, *, after="0", count=None):
        return (await kept(key, after=after, count=count))[-5:]

    cache.streams.range = newest


def changes_values(cache):
    kept = cache.streams.range

    async def lowered(key, *, after="0", count=None):
        return [replace(entry, value=entry.value.lower()) for entry in await kept(key, after=after, count=count)]

    cache.streams.range = lowered


CASES = [
    (elects_everybody, "test_of_many_only_if_absent_one_wins"),
    (elects_everybody, "test_only_if_absent_keeps_what_is_there"),
    (takes_twice, "test_take_gets_the_value_and_removes_it"),
    (takes_twice, "test_of_many_takers_one_gets_it"),
    (forgets_the_order, "test_get_many_keeps_the_order"),
    (loses_additions, "test_no_addition_is_lost"),
    (locks_nothing, "test_a_lock_is_held_by_one"),
    (locks_nothing, "test_no_two_are_inside_at_once"),
    (repeats_tokens, "test_tokens_grow_from_holder_to_holder"),
    (keeps_what_a_cancelled_waiter_got, "test_a_lock_is_freed_when_the_block_raises"),
    (has_slots_for_all, "test_so_many_slots_can_be_taken"),
    (has_slots_for_all, "test_no_more_than_so_many_are_inside"),
    (delivers_everything_to_everybody, "test_a_channel_is_heard_by_its_listeners_only"),
    (ranges_from_the_id, "test_a_range_begins_after_an_id"),
    (reads_from_the_beginning, "test_a_read_gives_up_in_time"),
    (reads_from_the_beginning, "test_every_reader_keeps_its_own_place"),
    (cuts_too_much, "test_a_stream_is_kept_to_about_its_length"),
    (changes_values, "test_entries_come_back_in_order_and_as_they_were"),
]
LIMITS = [
    (lets_one_more_through, "fixed"),
    (lets_one_more_through, "sliding"),
    (never_says_when, "fixed"),
]
NOTICED = (AssertionError, pytest.fail.Exception, LockTimeoutError)


@pytest.fixture
async def cache():
    async with LocalCache() as cache:
        yield cache


@pytest.mark.parametrize(("breakage", "test"), CASES, ids=lambda one: getattr(one, "__name__", one))
async def test_what_is_broken_is_noticed(breakage, test, cache, key):
    breakage(cache)
    await _noticed(getattr(CacheSuite(), test), cache, key)


@pytest.mark.parametrize(("breakage", "kind"), LIMITS, ids=lambda one: getattr(one, "__name__", one))
async def test_a_limit_that_is_broken_is_noticed(breakage, kind, cache, key):
    breakage(cache)
    await _noticed(CacheSuite().test_a_limit_lets_so_many_calls_through, cache, key, kind)


async def _noticed(test, cache, key, *more):
    takes = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    fixtures = {"cache": cache, "other": cache, "key": key}
    with pytest.raises(NOTICED):
        await test(*(fixtures[name] for name in takes if name in fixtures), *more)
