"""The relay of runs to other processes: batches of events on a stream of the cache."""

import asyncio
import json
import logging
from typing import Final

from dify_runtime_sdk.cache import CacheError, Streams

from .log import RunLog
from .readers import OVER, relay_key

TOGETHER: Final = 0.1
"""Seconds whose events go together: hardly anybody reads them, and every one of them would be a command."""
_log: Final = logging.getLogger(__name__)


async def relay(task_id: str, log: RunLog, streams: Streams, *, keep: float) -> None:
    """Relay a run until its end; `keep`: seconds for which the stream outlives it.

    While the cache is away readers in other processes wait; they find the rest in the database when the run has ended.
    """
    key = relay_key(task_id)
    try:
        async for batch in log.batches():
            events = [logged.event for logged in batch if logged.event is not None]
            if events:
                await streams.append(key, json.dumps([int(batch[0].id), events], ensure_ascii=False).encode(), ttl=keep)
            if not log.over:
                await asyncio.sleep(TOGETHER)
        if not log.paused:
            await streams.append(key, OVER, ttl=keep)
    except CacheError as error:
        _log.warning("run %s cannot be read in other processes: %s", task_id, error)
