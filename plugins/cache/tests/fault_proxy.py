"""A TCP proxy that fails on request."""

import asyncio
import ssl
from dataclasses import dataclass

from .servers import HOST


@dataclass
class _Trap:
    """Cuts the connection on which a client sends `needle`: before the server sees it, or instead of its answer."""

    needle: bytes
    answer_only: bool
    left: int


class FaultProxy:
    """Forwards to a port on this host. Its own port stays the same while it refuses and accepts again."""

    def __init__(self, target: int, *, tls: ssl.SSLContext | None = None, delay: float = 0.0) -> None:
        self.target = target
        self.port = 0
        self.delay = delay
        self.connections = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._traps: list[_Trap] = []
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.sprung = asyncio.Event()

    async def __aenter__(self) -> "FaultProxy":
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def accept(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Cut all connections and take no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Cut all connections; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        """Keep everything that comes, and connections open."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let what was kept go on."""
        self._flowing.set()

    def trap(self, needle: bytes, *, answer_only: bool = False, times: int = 1) -> None:
        """Cut a connection when a client sends `needle`, the next `times`; with `answer_only` the server gets it."""
        self.sprung.clear()
        self._traps.append(_Trap(needle, answer_only, times))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            upstream_reader, upstream = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        finally:
            self._tasks.discard(task)
        self._writers.add(upstream)
        caught = asyncio.Event()
        pumps = (self._pump(reader, upstream, caught, client=True), self._pump(upstream_reader, writer, caught))
        both = [asyncio.create_task(pump) for pump in pumps]
        self._tasks.update(both)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in both:
                pump.cancel()
            for end in (writer, upstream):
                end.transport.abort()
                self._writers.discard(end)
            await asyncio.wait(both)
            self._tasks.difference_update(both)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, caught: asyncio.Event, *, client: bool = False
    ) -> None:
        try:
            while data := await reader.read(1 << 16):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._flowing.wait()
                if client and (trap := self._spring(data)) is not None:
                    caught.set()
                    if not trap.answer_only:
                        return
                elif not client and caught.is_set():  # the answer that must not arrive
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return

    def _spring(self, data: bytes) -> _Trap | None:
        for trap in self._traps:
            if trap.left and trap.needle in data:
                trap.left -= 1
                self.sprung.set()
                return trap
        return None
