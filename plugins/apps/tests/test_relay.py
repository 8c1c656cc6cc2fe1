"""The relay of a run to other processes."""

import asyncio
import json

from dify_apps.runs.log import RunLog
from dify_apps.runs.readers import OVER, relay_key
from dify_apps.runs.relay import relay
from dify_cache.local.cache import LocalCache


def event(number: int) -> dict[str, object]:
    return {"event": "message", "answer": str(number)}


async def test_events_that_follow_closely_go_together_and_in_order():
    log = RunLog()
    log.open()
    async with LocalCache() as cache:
        relaying = asyncio.create_task(relay("t", log, cache.streams, keep=60))
        log.append(event(1))
        await cache.streams.read(relay_key("t"), wait=5)
        for number in (2, 3, 4):
            log.append(event(number))
            await asyncio.sleep(0)
        log.close()
        await relaying
        told = [entry.value for entry in await cache.streams.range(relay_key("t"))]
    assert [json.loads(value) for value in told[:-1]] == [[1, [event(1)]], [2, [event(2), event(3), event(4)]]]
    assert told[-1] == OVER
