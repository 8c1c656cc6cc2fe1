"""Servers on loopback that do what they are told, and a bench whose requests really go there."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from dify_egress.service import EgressService
from dify_egress.settings import EgressSettings

type Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for given, value in self.headers if given.lower() == name]
        assert len(values) < 2, values
        return values[0] if values else None


@dataclass
class Server:
    """An HTTP/1.1 server with one answer per path; what it was asked is kept."""

    answers: Mapping[str, Answer]
    host: str
    scheme: str = "http"
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has closed its connection."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def request(self) -> Request:
        return self.requests[-1]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._exchange(reader, writer)
        finally:
            self.gone.set()
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2])]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        self.requests.append(Request(method, target, headers, await reader.readexactly(length)))
        answer = self.answers.get(target.partition("?")[0], self.answers.get("*", reply()))
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await _until_closed(answer(writer), reader)
            raise ConnectionResetError


async def _until_closed(answering: Awaitable[None], reader: asyncio.StreamReader) -> None:
    """Let the answer go on, unless the client goes away first."""
    tasks = {asyncio.ensure_future(answering), asyncio.ensure_future(reader.read(1))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reply(body: bytes = b"", *headers: str, status: int = 200) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.fixture(name="reply")
def _reply() -> Callable[..., bytes]:
    return reply


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """Start servers: `serve(reply(b"hi"))`, or with answers by path; they are stopped after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def serve(
            answer: Answer | None = None,
            *,
            host: str = "127.0.0.1",
            tls: ssl.SSLContext | None = None,
            **paths: Answer,
        ) -> Server:
            answers = {f"/{name}": value for name, value in paths.items()} | ({"*": answer} if answer else {})
            server = Server(answers, host, "https" if tls else "http")
            tasks: set[asyncio.Task[None]] = set()

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                tasks.add(asyncio.ensure_future(server.accept(reader, writer)))

            listener = await asyncio.start_server(accept, host, 0, ssl=tls)
            server.port = listener.sockets[0].getsockname()[1]

            async def stop() -> None:
                listener.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

            stack.push_async_callback(stop)
            return server

        yield serve


@pytest.fixture
async def guarded(bench: Any, make: Callable[..., Any]) -> AsyncIterator[Any]:
    """The bench with the real egress, which may go to 127.0.0.1 and nowhere else inside, and files to store into."""
    async with EgressService(EgressSettings(EGRESS_ALLOW="127.0.0.1")) as egress:
        bench.files = make("files", doc=b"content of doc", pic=b"\x89PNG")
        yield bench.offer(egress=egress, files=bench.files)
