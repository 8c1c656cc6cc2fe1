"""Ids and times as rows hold them: the text of UUIDs, and naive UTC."""

import os
import time
import uuid
from datetime import UTC, datetime

_RANDOM_BITS = (1 << 62) - 1


def uuid4_text() -> str:
    """A random id: the text of a UUID of version 4."""
    return str(uuid.uuid4())


def uuid7_text() -> str:
    """An id that grows with time: the text of a UUID of version 7.

    The twelve bits after the milliseconds hold the fraction of the millisecond (RFC 9562, method 3), so that ids made
    one after the other sort so, to about a quarter of a microsecond.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random = int.from_bytes(os.urandom(8)) & _RANDOM_BITS
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random))


def utc_now() -> datetime:
    """The time now, in UTC and naive, as the columns of times hold it."""
    return datetime.now(UTC).replace(tzinfo=None)
