"""The relay of runs to other processes: batches of events on a stream of the cache."""

import json
import logging
from typing import Final

from dify_runtime_sdk.cache import CacheError, Streams

from ..api import WireEvent
from .log import RunLog
from .readers import OVER, relay_key

_log: Final = logging.getLogger(__name__)
_BATCH: Final = 64


async def relay(task_id: str, log: RunLog, streams: Streams, *, keep: float) -> None:
    """Relay a run until its end; `keep`: seconds for which the stream outlives it.

    While the cache is away readers in other processes wait; they find the rest in the database when the run has ended.
    """
    key, batch, told = relay_key(task_id), list[WireEvent](), 0
    try:
        async for logged in log.events():
            if logged.event is not None:
                batch.append(logged.event)
            if batch and (told + len(batch) == len(log) or len(batch) >= _BATCH):
                entry = json.dumps([told + 1, batch], ensure_ascii=False)
                await streams.append(key, entry.encode(), ttl=keep)
                told, batch = told + len(batch), []
        await streams.append(key, OVER, ttl=keep)
    except CacheError as error:
        _log.warning("run %s cannot be read in other processes: %s", task_id, error)
