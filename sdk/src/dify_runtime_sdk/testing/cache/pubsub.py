"""The part of the suite on messages to current listeners."""
# ruff: noqa: S101 - the assertions are the suite

from dify_runtime_sdk.cache import Cache

from .base import Suite, soon


class PubSubSuite(Suite):
    """What `Cache.pubsub` must do; see `CacheSuite`."""

    async def test_who_listens_hears(self, cache: Cache, other: Cache, key: str) -> None:
        """From the first moment of the block, whoever publishes."""
        async with cache.pubsub.subscribe(key) as messages:
            await other.pubsub.publish(key, b"from another")
            await cache.pubsub.publish(key, b"from here")
            assert {await soon(anext(messages)), await soon(anext(messages))} == {
                (key, b"from another"),
                (key, b"from here"),
            }

    async def test_messages_come_in_order_and_as_they_were(self, cache: Cache, other: Cache, key: str) -> None:
        """Empty ones and binary ones too."""
        sent = [b"", bytes(range(256)), *(b"%d" % number for number in range(200))]
        async with cache.pubsub.subscribe(key) as messages:
            for message in sent:
                await other.pubsub.publish(key, message)
            assert [(await soon(anext(messages)))[1] for _ in sent] == sent

    async def test_everybody_who_listens_hears(self, cache: Cache, other: Cache, key: str) -> None:
        """Several in one process, and others elsewhere."""
        async with (
            cache.pubsub.subscribe(key) as one,
            cache.pubsub.subscribe(key) as two,
            other.pubsub.subscribe(key) as three,
        ):
            await cache.pubsub.publish(key, b"hello")
            assert [await soon(anext(messages)) for messages in (one, two, three)] == [(key, b"hello")] * 3

    async def test_a_channel_is_heard_by_its_listeners_only(self, cache: Cache, other: Cache, key: str) -> None:
        """Of several channels one hears those one asked for, and knows which it was."""
        channels = [f"{key}:{name}" for name in "abc"]
        async with cache.pubsub.subscribe(*channels[:2]) as messages:
            for channel in (channels[2], channels[1], channels[0]):
                await other.pubsub.publish(channel, channel.encode())
            heard = [await soon(anext(messages)) for _ in range(2)]
        assert sorted(heard) == [(channel, channel.encode()) for channel in channels[:2]]

    async def test_nothing_is_kept_for_those_who_come_later(self, cache: Cache, other: Cache, key: str) -> None:
        """Publishing to nobody is no error either."""
        await other.pubsub.publish(key, b"too early")
        async with cache.pubsub.subscribe(key) as messages:
            await other.pubsub.publish(key, b"in time")
            assert await soon(anext(messages)) == (key, b"in time")

    async def test_who_leaves_does_not_take_others_along(self, cache: Cache, other: Cache, key: str) -> None:
        """Not from the same channel, and not for ever."""
        async with cache.pubsub.subscribe(key) as staying:
            async with cache.pubsub.subscribe(key) as leaving:
                await other.pubsub.publish(key, b"1")
                assert await soon(anext(leaving)) == (key, b"1")
            await other.pubsub.publish(key, b"2")
            assert [await soon(anext(staying)) for _ in range(2)] == [(key, b"1"), (key, b"2")]
        async with cache.pubsub.subscribe(key) as again:
            await other.pubsub.publish(key, b"3")
            assert await soon(anext(again)) == (key, b"3")

    async def test_one_can_come_and_go_at_once(self, cache: Cache, other: Cache, key: str) -> None:
        """Listening is confirmed each time, however quick the changes."""
        for number in range(20):
            async with cache.pubsub.subscribe(key) as messages:
                await other.pubsub.publish(key, b"%d" % number)
                assert await soon(anext(messages)) == (key, b"%d" % number)
