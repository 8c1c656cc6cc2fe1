"""Bodies of responses: bounded in size and time while they stream, with our errors."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Self

import httpcore
import httpx

from .failures import BodyTooLarge, BodyUndecodable, StatusRefused, origin_of, timed_out, translated
from .inflate import UndecodableError, codings_of, inflate


class Body(httpx.AsyncByteStream):
    """The bytes as they come over the wire."""

    def __init__(
        self, stream: Any, url: httpx.URL, *, deadline: float | None, check: Callable[[int], None] | None
    ) -> None:
        """Wrap httpcore's `stream`; `deadline` is a time of the event loop, `check` is given the size so far."""
        self._stream = stream
        self._url = url
        self._deadline = deadline
        self._check = check

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        chunks = aiter(self._stream)
        while (chunk := await self._next(chunks)) is not None:
            size += len(chunk)
            if self._check is not None:
                self._check(size)
            yield chunk

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        try:
            if self._deadline is None:
                return await anext(chunks, None)
            async with asyncio.timeout_at(self._deadline):
                return await anext(chunks, None)
        except TimeoutError:
            raise timed_out(self._url) from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise translated(error, self._url) from None

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        await self._stream.aclose()


class BoundedResponse(httpx.Response):
    """A response whose decoded body is bounded, and whose errors quote no URL."""

    _largest: int | None = None

    @classmethod
    def wrap(
        cls, response: httpcore.Response, request: httpx.Request, *, largest: int | None, deadline: float | None
    ) -> Self:
        """Make the response of `request`; `largest` is in bytes."""
        url = request.url
        check = None if largest is None else _check(url, largest)
        bounded = cls(
            response.status,
            headers=response.headers,
            stream=Body(response.stream, url, deadline=deadline, check=check),
            extensions=response.extensions,
            request=request,
        )
        bounded._largest = largest
        return bounded

    def check_announced_size(self) -> None:
        """Refuse a body that says beforehand that it is too large; raises `BodyTooLarge`."""
        announced = self.headers.get("Content-Length", "")
        has_body = self.request.method != "HEAD" and self.status_code != httpx.codes.NOT_MODIFIED
        if self._largest is not None and has_body and announced.isdecimal():
            _check(self.request.url, self._largest)(int(announced))

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """The decoded body; raises `BodyTooLarge` and `BodyUndecodable` besides what breaks the connection."""
        if self.is_stream_consumed and self.is_closed:  # read already: httpx knows how to cut it up, or to complain
            async for chunk in super().aiter_bytes(chunk_size):
                yield chunk
            return
        try:
            codings = codings_of(self.headers.get("Content-Encoding", ""))
            if not codings and chunk_size is None:  # as streams of events come: nothing stands between
                async for chunk in self.aiter_raw():
                    yield chunk
                return
            async with aclosing(regrouped(self._decoded(codings), chunk_size)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except UndecodableError as error:
            message = f"{origin_of(self.request.url)} sends a body that cannot be decoded: {error}"
            raise BodyUndecodable(message, hint="check the server") from None
        finally:
            await self.aclose()

    def _decoded(self, codings: Sequence[str]) -> AsyncGenerator[bytes]:
        chunks = self._raw()
        check = _check(self.request.url, self._largest)
        for coding in codings:
            chunks = inflate(chunks, coding, check)
        return chunks

    async def _raw(self) -> AsyncGenerator[bytes]:
        async for chunk in self.aiter_raw():
            yield chunk

    def raise_for_status(self) -> Self:
        """Return itself if the status is 2xx; raises `StatusRefused`, which is an `httpx.HTTPStatusError` too."""
        if not self.is_success:
            raise StatusRefused(self)
        return self


def _check(url: httpx.URL, largest: int | None) -> Callable[[int], None]:
    def check(size: int) -> None:
        if largest is not None and size > largest:
            message = f"{origin_of(url)} answers more than {largest} bytes"
            raise BodyTooLarge(message, hint="ask for less, or raise the limit: EGRESS_MAX_RESPONSE_BYTES")

    return check


async def regrouped(chunks: AsyncGenerator[bytes], size: int | None) -> AsyncGenerator[bytes]:
    """The same bytes in chunks of `size`, the last one smaller; as they come if it is None."""
    held = bytearray()
    async with aclosing(chunks):
        async for chunk in chunks:
            if size is None:
                yield chunk
                continue
            held += chunk
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
    if held:
        yield bytes(held)
