"""A raw HTTP/1.1 client, and a peer that feeds a served stream: both let a test decide what happens when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self


class Wire:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, address: tuple[str, int]) -> Self:
        return cls(*await asyncio.open_connection(*address))

    async def send(self, *lines: str, end: str = "\r\n\r\n") -> None:
        self.writer.write(("\r\n".join(lines) + end).encode())
        await self.writer.drain()

    async def get(self, path: str) -> None:
        await self.send(f"GET {path} HTTP/1.1", "Host: test")

    async def until(self, text: bytes) -> bytes:
        """Read up to and including `text`."""
        async with asyncio.timeout(20):
            return await self.reader.readuntil(text)

    async def rest(self) -> bytes:
        """Read to the end of the connection, however it comes."""
        received = bytearray()
        async with asyncio.timeout(20):
            try:
                while part := await self.reader.read(65536):
                    received += part
            except ConnectionError:
                pass
        return bytes(received)

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def opened(address: tuple[str, int]) -> AsyncIterator[Wire]:
    """A connection that is closed with the block."""
    wire = await Wire.open(address)
    try:
        yield wire
    finally:
        await wire.close()


class Feed:
    """A server to which a handler connects to be fed: `send` gives it bytes, `close` ends its stream."""

    def __init__(self) -> None:
        self._writer: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        feed = cls()
        server = await asyncio.start_server(feed._accept, "127.0.0.1", 0)
        feed.port = server.sockets[0].getsockname()[1]
        try:
            yield feed
        finally:
            server.close()
            await feed.close()

    async def _accept(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer.set_result(writer)

    async def connected(self) -> asyncio.StreamWriter:
        """Wait until the handler has connected."""
        async with asyncio.timeout(20):
            return await asyncio.shield(self._writer)

    async def send(self, data: bytes) -> None:
        writer = await self.connected()
        writer.write(data)
        await writer.drain()

    async def close(self) -> None:
        if self._writer.done() and not self._writer.cancelled():
            self._writer.result().close()


async def refused(address: tuple[str, int]) -> None:
    """Wait until connections are refused."""
    async with asyncio.timeout(20):
        while True:
            try:
                wire = await Wire.open(address)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:  # it was waiting to be accepted when the socket closed
                continue
            await wire.rest()
            await wire.close()
