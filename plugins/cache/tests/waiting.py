"""Waiting in tests, with an end."""

import asyncio
import contextlib

from dify_runtime_sdk.cache import CacheError

PATIENCE = 30.0


async def soon(work):
    """The result of `work`, which must not hang."""
    async with asyncio.timeout(PATIENCE):
        return await work


async def until(condition):
    """Return when `condition()` is true; fail if it is not for long."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


async def persist(operation, kind):
    """Call `operation` until it does not raise errors of a kind; its result."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await operation()
            except kind:
                await asyncio.sleep(0.02)


async def heard_again(messages, publisher, channel):
    """The first of the messages, sent again and again until one is heard."""
    hearing = asyncio.ensure_future(anext(messages))
    async with asyncio.timeout(PATIENCE):
        while not hearing.done():
            with contextlib.suppress(CacheError):  # the publisher's own connection can be cut too
                await publisher.pubsub.publish(channel, b"again")
            await asyncio.wait({hearing}, timeout=0.02)
    return await hearing
