"""Which requests are sent again, and when."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from dify_runtime_sdk.polling import Pace

LONGEST_WAIT: Final = 30.0
"""Seconds that a server can make us wait by `Retry-After`; its answer is passed on when it asks for more."""

_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
_STATUSES: Final = frozenset((429, 502, 503, 504))


def repeatable(request: httpx.Request) -> bool:
    """Whether sending the request twice does what sending it once does, and its body is still there."""
    harmless = request.method in _SAFE or "Idempotency-Key" in request.headers
    return harmless and isinstance(request.stream, httpx.ByteStream)


def pause_after(response: httpx.Response, attempt: int, pace: Pace) -> float | None:
    """How long to wait before the attempt after `attempt`, in seconds; None = the answer stands."""
    if response.status_code not in _STATUSES:
        return None
    asked = _asked_for(response.headers.get("Retry-After", ""))
    if asked > LONGEST_WAIT:
        return None
    return max(asked, pace.delay(attempt))


def _asked_for(header: str) -> float:
    """The seconds that `Retry-After` asks for; 0 if it makes no sense."""
    if header.isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
