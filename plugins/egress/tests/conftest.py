"""Servers on loopback that do what they are told, names that lead where a test says, and a service to try on them."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from dify_egress.service import EgressService
from dify_egress.settings import EgressSettings
from dify_runtime_sdk.polling import Pace

LOOPBACK = {"EGRESS_ALLOW": "127.0.0.0/8,::1"}
"""The settings under which guarded requests reach the servers of a test."""


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


def answer(status: int = 200, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an answer; `length` lies about the size of the body."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


type Answer = bytes | Callable[[Request, asyncio.StreamWriter], Awaitable[bytes | None]]


@dataclass
class Server:
    """An HTTP/1.1 server that gives its answers in order, the last one for ever."""

    answers: list[Answer]
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a client has closed its connection."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    async def start(self, tls: ssl.SSLContext | None) -> None:
        self.scheme = "https" if tls else "http"
        self.listener = await asyncio.start_server(self._accept, self.host, self.port, ssl=tls)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self.listener is not None
        self.listener.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    await self._exchange(reader, writer)
        finally:
            self.gone.set()
            writer.transport.abort()
            self.tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append(Request(method, target, headers, body))
        self.reached.set()
        chosen = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        sent = chosen if isinstance(chosen, bytes) else await self._watched(chosen, reader, writer)
        if sent is not None:
            writer.write(sent)
            await writer.drain()

    async def _watched(self, chosen: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """The answer, unless the client goes away first."""
        answering = asyncio.ensure_future(chosen(self.requests[-1], writer))
        watching = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise ConnectionResetError
            sent: bytes | None = answering.result()
            return sent
        finally:
            answering.cancel()
            watching.cancel()
            await asyncio.gather(answering, watching, return_exceptions=True)


class Names:
    """A resolver under the control of a test: each look-up of a name takes its next list of addresses."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *rest: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        lists = self.answers.get(host.rstrip("."))
        if lists is None:
            return socket.getaddrinfo(host, port, *rest)
        found = lists.pop(0) if len(lists) > 1 else lists[0]
        return [info for address in found for info in socket.getaddrinfo(address, port, 0, socket.SOCK_STREAM)]


async def hang(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """Answer nothing, for ever."""
    await asyncio.Event().wait()


@pytest.fixture(name="answer")
def _answer() -> Callable[..., bytes]:
    return answer


@pytest.fixture(name="hang")
def _hang() -> Answer:
    return hang


@pytest.fixture
def names() -> type[Names]:
    """Make resolvers: `names(api_test=[["127.0.0.2"], ["127.0.0.1"]])` for the name `api.test`."""
    return Names


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """Start servers on loopback; they are stopped after the test."""
    servers: list[Server] = []

    async def serve(*answers: Answer, tls: ssl.SSLContext | None = None, **options: Any) -> Server:
        server = Server(list(answers or (answer(),)), **options)
        servers.append(server)
        await server.start(tls)
        return server

    yield serve
    for server in servers:
        await server.stop()


@pytest.fixture
async def egress() -> AsyncIterator[Callable[..., Awaitable[EgressService]]]:
    """Make services from settings; they are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def egress(*, resolver: Any = socket.getaddrinfo, headers: Any = (), **settings: Any) -> EgressService:
            service = EgressService(
                EgressSettings(**(LOOPBACK | settings)), resolver=resolver, headers=headers, pace=Pace(first=0.0)
            )
            return await stack.enter_async_context(service)

        yield egress


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Any) -> Iterator[str]:
    """The file that makes it known."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def tls(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """A server's side of TLS, certified for the given names."""

    def tls(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    return tls
