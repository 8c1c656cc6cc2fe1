"""The one namespace of keys in which values, counters and streams live, as they do in Redis."""

from dify_runtime_sdk.cache import CacheError

from .expiring import Expiring
from .log import Log

type Keyspace = Expiring[bytes | Log]
"""Values and counters are bytes, a counter as decimal text; a stream is a `Log`."""


def text_at(keyspace: Keyspace, key: str) -> bytes | None:
    """The value or counter at `key`; raises `CacheError` if a stream is there."""
    found = keyspace.get(key)
    if isinstance(found, Log):
        raise CacheError("the key holds a stream, not a value", hint="use different keys for different kinds")
    return found


def log_at(keyspace: Keyspace, key: str) -> Log | None:
    """The stream at `key`; raises `CacheError` if something else is there."""
    found = keyspace.get(key)
    if isinstance(found, bytes):
        raise CacheError("the key holds a value, not a stream", hint="use different keys for different kinds")
    return found
