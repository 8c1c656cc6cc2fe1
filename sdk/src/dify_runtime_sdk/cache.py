"""The cache: shared, short-lived state. One family of small protocols behind the service `Cache`.

Keys are text, values bytes, times seconds. In one process the state lives in memory and ends with it; with Redis it is
shared by all processes and survives them. Nothing here is a place of record: whoever puts state in must be able to do
without it. Keys of one call that must change together share a hash tag (`{tenant}:a`, `{tenant}:b`), so that they live
on one node of a cluster. Every method raises `CacheError` when the server cannot be reached after the built-in retries.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from .errors import DifyRuntimeError


class CacheError(DifyRuntimeError):
    """The cache cannot be reached, or refused; says which server, never its password."""

    code = "cache_error"


class LockTimeoutError(CacheError):
    """A lock, or a slot of a concurrency limit, was not free within the time one was ready to wait."""

    code = "lock_timeout"


class KeyValue(Protocol):
    """Values by key."""

    async def get(self, key: str) -> bytes | None:
        """The value, or None when there is none or it has expired."""
        ...

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of several keys, in their order."""
        ...

    async def set(self, key: str, value: bytes, *, ttl: float | None = None, only_if_absent: bool = False) -> bool:
        """Store a value, for ever or for `ttl` seconds; False when `only_if_absent` and there is one."""
        ...

    async def take(self, key: str) -> bytes | None:
        """The value, which is gone afterwards; of two concurrent callers one gets it."""
        ...

    async def expire(self, key: str, ttl: float) -> bool:
        """Let a value expire `ttl` seconds from now; False when there is none."""
        ...

    async def delete(self, *keys: str) -> int:
        """Delete keys; returns how many there were."""
        ...


class Counters(Protocol):
    """Integers that many may change at once."""

    async def add(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """Add and return the sum; a counter made by this call starts at 0 and expires after `ttl` seconds."""
        ...

    async def get(self, key: str) -> int:
        """The value; 0 when there is none."""
        ...


class Lease(Protocol):
    """A lock that is held. It is renewed in the background until released."""

    @property
    def token(self) -> int:
        """The fencing token: larger than that of every earlier holder; hand it to what the lock protects."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the lock was lost: it could not be renewed in time, so somebody else may hold it."""
        ...


class Locks(Protocol):
    """Mutual exclusion between tasks and processes."""

    def hold(self, name: str, *, ttl: float = 30.0, wait: float | None = None) -> AbstractAsyncContextManager[Lease]:
        """Hold the lock `name` inside the block.

        A holder that dies frees it after at most `ttl` seconds. `wait` limits how long to wait for it: None = for
        ever, 0 = not at all. Raises `LockTimeoutError`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rate limiter: whether to go on, how many calls are left, and in how many seconds to try again."""

    allowed: bool
    remaining: int
    retry_after: float


class RateLimits(Protocol):
    """Limits on calls per time and on calls at a time. A refused call does not count."""

    async def fixed(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls per window of `window` seconds, which begins with its first call."""
        ...

    async def sliding(self, key: str, *, limit: int, window: float) -> Verdict:
        """At most `limit` calls in any `window` seconds."""
        ...

    def slot(self, key: str, *, limit: int, ttl: float = 600.0) -> AbstractAsyncContextManager[None]:
        """Hold one of `limit` slots inside the block; raises `LockTimeoutError` at once when none is free.

        A holder that dies frees its slot after at most `ttl` seconds; a living one may hold it longer.
        """
        ...


class PubSub(Protocol):
    """Messages to whoever listens now; at most once, nothing is kept."""

    async def publish(self, channel: str, message: bytes) -> None:
        """Send to all current subscribers, in all processes."""
        ...

    def subscribe(self, *channels: str) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, bytes]]]:
        """Listen inside the block: an iterator of (channel, message). Listening begins before the block does.

        A subscriber survives a restart of the server; messages sent in between are lost to it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream. Ids are text, grow, and compare by `Streams.range` only."""

    id: str
    value: bytes


class Streams(Protocol):
    """Append-only logs with many readers, each of which keeps its own place."""

    async def append(self, key: str, value: bytes, *, max_length: int | None = None, ttl: float | None = None) -> str:
        """Append and return the entry's id. About `max_length` entries are kept; `ttl` counts from the last append."""
        ...

    async def range(self, key: str, *, after: str = "0", count: int | None = None) -> list[Entry]:
        """Entries after an id ("0" = from the first), oldest first, at most `count`."""
        ...

    async def read(self, key: str, *, after: str = "0", wait: float, count: int | None = None) -> list[Entry]:
        """Like `range`, waiting up to `wait` seconds for a first entry; empty when none came."""
        ...

    async def last_id(self, key: str) -> str:
        """The id of the newest entry, "0" when there is none: a place to read from what comes next."""
        ...

    async def delete(self, key: str) -> None:
        """Delete a stream."""
        ...


class Cache(Protocol):
    """The service: all of the family on one back end."""

    @property
    def values(self) -> KeyValue:
        """Values by key."""
        ...

    @property
    def counters(self) -> Counters:
        """Integers."""
        ...

    @property
    def locks(self) -> Locks:
        """Mutual exclusion."""
        ...

    @property
    def limits(self) -> RateLimits:
        """Rate and concurrency limits."""
        ...

    @property
    def pubsub(self) -> PubSub:
        """Messages to current listeners."""
        ...

    @property
    def streams(self) -> Streams:
        """Append-only logs."""
        ...
