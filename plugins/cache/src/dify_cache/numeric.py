"""Numbers as the back ends keep them."""

import math
import re

from dify_runtime_sdk.cache import CacheError

_INTEGER = re.compile(rb"-?\d{1,19}")


def read_integer(text: bytes | None) -> int:
    """The value of a counter: 0 for None; raises `CacheError` for what is no integer."""
    if text is None:
        return 0
    if not _INTEGER.fullmatch(text):
        raise CacheError("the key holds no integer", hint="use different keys for different kinds")
    return int(text)


def milliseconds(seconds: float) -> int:
    """The same time in whole milliseconds, at least 1: Redis refuses what has expired already."""
    return max(1, math.ceil(seconds * 1000))
