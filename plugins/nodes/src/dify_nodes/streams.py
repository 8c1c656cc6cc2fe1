"""Streams of services: read to the end, or closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def closing[T](stream: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close `stream` when its reader stops, for whatever reason: behind it is a connection that somebody pays for."""
    try:
        yield stream
    finally:
        close = getattr(stream, "aclose", None)  # generators have it, other iterators need not
        if close is not None:
            await close()
