"""A seat: one process behind both walls, made ahead and used for one call."""

import asyncio
import contextlib
import os
import signal
import socket
from typing import Any, Final

from .inside.wire import LENGTH, READY, UNSAFE

_CHUNK: Final = 1 << 18
_KEPT: Final = 4000
"""Bytes of what code prints that are kept, to explain its end."""


class OutputExceeded(Exception):
    """The code gave more than it may."""


class Printed(asyncio.Protocol):
    """Counts what code prints, and forgets all but the end of it."""

    def __init__(self, most: int) -> None:
        self.tail = b""
        self.exceeded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._left = most
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it, to close it."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Count."""
        self._left -= len(data)
        self.tail = (self.tail + data)[-_KEPT:]
        if self._left < 0 and not self.exceeded.done():
            self.exceeded.set_result(None)

    def close(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.close()


class Seat:
    """The host's end of a seat."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, printed: Printed) -> None:
        self._reader = reader
        self._writer = writer
        self.printed = printed
        """What the code printed."""
        self._handle: int | None = None
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The exit code once the process is gone; negative for a signal."""

    @classmethod
    async def open(cls, channel: socket.socket, output: int, most: int) -> "Seat":
        """Take over the host's ends of channel and output; `most` bytes may be printed."""
        pipe = os.fdopen(output, "rb", buffering=0)
        writer = None
        try:
            channel.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=channel, limit=_CHUNK)
            _, printed = await asyncio.get_running_loop().connect_read_pipe(lambda: Printed(most), pipe)
        except BaseException:
            if writer is not None:
                writer.transport.abort()
            channel.close()
            pipe.close()
            raise
        return cls(reader, writer, printed)

    def occupy(self, handle: int) -> None:
        """The process exists; `handle` is its pidfd, which the seat closes."""
        self._handle = handle

    async def isolated(self) -> str | None:
        """Wait until the process has isolated itself; None, or why it could not."""
        first = await self._reader.read(1)
        if first == READY:
            return None
        reason = (await self._reader.read(_KEPT)).decode(errors="replace") if first == UNSAFE else ""
        return reason or self.printed.tail.decode(errors="replace").strip() or "the process ended"

    async def ask(self, request: bytes, most: int) -> bytes:
        """Send the request and read the answer to its end; raises `OutputExceeded` beyond `most` bytes."""
        asking = asyncio.create_task(self._exchange(request, most))
        waited: tuple[asyncio.Future[Any], ...] = (asking, self.printed.exceeded)
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise OutputExceeded
            return asking.result()
        finally:
            asking.cancel()

    async def _exchange(self, request: bytes, most: int) -> bytes:
        # a process that ends before it has read everything has its reasons, and may have answered
        with contextlib.suppress(ConnectionError):
            self._writer.write(len(request).to_bytes(LENGTH) + request)
            await self._writer.drain()
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while chunk := await self._reader.read(_CHUNK):
                answer += chunk
                if len(answer) > most:
                    raise OutputExceeded
        return bytes(answer)

    def close(self) -> None:
        """End the process, whatever it does, and let go of it."""
        if self._handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = None
        self._writer.transport.abort()
        self.printed.close()
