"""The part of the suite on append-only logs."""
# ruff: noqa: S101 - the assertions are the suite

import asyncio

import pytest

from dify_runtime_sdk.cache import Cache, CacheError, Entry

from .base import MOMENT, PATIENCE, Suite, cancelled, eventually, soon


class StreamsSuite(Suite):
    """What `Cache.streams` must do; see `CacheSuite`."""

    async def test_what_was_never_written_is_empty(self, cache: Cache, key: str) -> None:
        """A miss is no error."""
        assert await cache.streams.range(key) == []
        assert await cache.streams.last_id(key) == "0"
        assert await cache.streams.read(key, wait=0) == []
        await cache.streams.delete(key)

    async def test_entries_come_back_in_order_and_as_they_were(self, cache: Cache, other: Cache, key: str) -> None:
        """Empty ones and binary ones too, with the ids that `append` gave."""
        values = [b"", bytes(range(256)), *(b"%d" % number for number in range(50))]
        entries = [Entry(await cache.streams.append(key, value), value) for value in values]
        assert await other.streams.range(key) == entries
        assert await other.streams.last_id(key) == entries[-1].id
        assert len({entry.id for entry in entries}) == len(entries)

    async def test_a_range_begins_after_an_id(self, cache: Cache, key: str) -> None:
        """The entry of that id is not in it, and `count` limits it."""
        ids = [await cache.streams.append(key, b"%d" % number) for number in range(10)]
        assert [entry.id for entry in await cache.streams.range(key, after=ids[3])] == ids[4:]
        assert [entry.id for entry in await cache.streams.range(key, after=ids[3], count=2)] == ids[4:6]
        assert await cache.streams.range(key, after=ids[-1]) == []

    async def test_text_that_is_no_id_is_refused(self, cache: Cache, key: str) -> None:
        """Clients send such things."""
        await cache.streams.append(key, b"1")
        for text in ("nonsense", "", "1-2-3", "-"):
            with pytest.raises(CacheError):
                await cache.streams.range(key, after=text)
            with pytest.raises(CacheError):
                await soon(cache.streams.read(key, after=text, wait=PATIENCE))

    async def test_a_read_does_not_wait_for_what_is_there(self, cache: Cache, other: Cache, key: str) -> None:
        """It is a range then."""
        ids = [await other.streams.append(key, b"%d" % number) for number in range(5)]
        assert [entry.id for entry in await soon(cache.streams.read(key, wait=600))] == ids
        found = await soon(cache.streams.read(key, after=ids[1], wait=600, count=2))
        assert [entry.id for entry in found] == ids[2:4]

    async def test_a_read_waits_for_the_first_entry(self, cache: Cache, other: Cache, key: str) -> None:
        """Also of a stream that is not there yet."""
        reading = asyncio.create_task(cache.streams.read(key, wait=600))
        await asyncio.sleep(MOMENT)
        assert not reading.done()
        place = await other.streams.append(key, b"news")
        assert await soon(reading) == [Entry(place, b"news")]

    async def test_a_read_gives_up_in_time(self, cache: Cache, key: str) -> None:
        """With an empty answer, not an error."""
        place = await cache.streams.append(key, b"old")
        assert await soon(cache.streams.read(key, after=place, wait=MOMENT)) == []

    async def test_a_reader_can_go_away(self, cache: Cache, other: Cache, key: str) -> None:
        """The others still get their entries."""
        leaving = asyncio.create_task(cache.streams.read(key, wait=600))
        staying = asyncio.create_task(cache.streams.read(key, wait=600))
        await asyncio.sleep(MOMENT)
        await cancelled(leaving)
        await other.streams.append(key, b"1")
        assert [entry.value for entry in await soon(staying)] == [b"1"]

    async def test_every_reader_keeps_its_own_place(self, cache: Cache, other: Cache, key: str) -> None:
        """Those of one stream do not take entries from each other."""
        ids = [await cache.streams.append(key, b"%d" % number) for number in range(3)]
        readers = [asyncio.create_task(cache.streams.read(key, after=place, wait=600)) for place in ids]
        counts = [len(await soon(reader)) for reader in readers[:2]]
        assert counts == [2, 1]
        await other.streams.append(key, b"last")
        assert [entry.value for entry in await soon(readers[2])] == [b"last"]

    async def test_many_streams_are_waited_for_at_once(self, cache: Cache, other: Cache, key: str) -> None:
        """Whoever comes while others wait is not overlooked."""
        reading = []
        for number in range(20):
            reading.append(asyncio.create_task(cache.streams.read(f"{key}:{number}", wait=600)))
            await asyncio.sleep(0.001 * (number % 3))
        for number in reversed(range(20)):
            await other.streams.append(f"{key}:{number}", b"%d" % number)
            assert [entry.value for entry in await soon(reading[number])] == [b"%d" % number]

    async def test_a_log_is_followed_without_gaps(self, cache: Cache, other: Cache, key: str) -> None:
        """Reading on from the last id misses nothing and repeats nothing."""

        async def follow(store: Cache, stream: str) -> list[bytes]:
            values: list[bytes] = []
            place = "0"
            while len(values) < 100:
                entries = await soon(store.streams.read(stream, after=place, wait=PATIENCE, count=7))
                values += [entry.value for entry in entries]
                place = entries[-1].id
            return values

        names = [f"{key}:a", f"{key}:b"]
        following = [asyncio.create_task(follow(store, name)) for store in (cache, other) for name in (*names, *names)]
        for number in range(100):
            for name in names:
                await cache.streams.append(name, b"%d" % number)
        assert await soon(asyncio.gather(*following)) == [[b"%d" % number for number in range(100)]] * 8

    async def test_no_entry_of_many_writers_is_lost(self, cache: Cache, other: Cache, key: str) -> None:
        """Each has an id of its own."""
        writers = (store.streams.append(key, b"x") for _ in range(25) for store in (cache, other))
        ids = await asyncio.gather(*writers)
        assert len(set(ids)) == 50
        assert {entry.id for entry in await cache.streams.range(key)} == set(ids)

    async def test_a_stream_is_kept_to_about_its_length(self, cache: Cache, key: str) -> None:
        """The oldest go; not fewer than asked for stay."""
        for number in range(400):
            await cache.streams.append(key, b"%d" % number, max_length=20)
        left = [int(entry.value) for entry in await cache.streams.range(key)]
        assert 20 <= len(left) < 200
        assert left == list(range(400 - len(left), 400))

    async def test_a_stream_expires_after_its_last_entry(self, cache: Cache, key: str) -> None:
        """A time to live is kept, and begins anew with each entry."""
        await cache.streams.append(key, b"1", ttl=1.0)
        await cache.streams.append(key, b"2", ttl=600)
        await asyncio.sleep(1.2)
        assert len(await cache.streams.range(key)) == 2
        await cache.streams.append(key, b"3", ttl=MOMENT)

        async def gone() -> bool:
            return await cache.streams.last_id(key) == "0"

        await eventually(gone)

    async def test_a_deleted_stream_begins_anew(self, cache: Cache, other: Cache, key: str) -> None:
        """Who waits for entries gets those of the new one."""
        place = await cache.streams.append(key, b"old")
        reading = asyncio.create_task(cache.streams.read(key, after=place, wait=600))
        await asyncio.sleep(MOMENT)
        await other.streams.delete(key)
        assert await cache.streams.range(key) == []
        await other.streams.append(key, b"new")
        assert [entry.value for entry in await soon(reading)] == [b"new"]
