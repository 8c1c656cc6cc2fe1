"""Fakes of the host's side of the contract, and a driver for ASGI applications."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dify_runtime_sdk import ServiceError, Settings


class FakeRuntime:
    """A plugin's view of a runtime: settings by model, services by key, contributions by hook."""

    def __init__(self, home: Path, *settings: Settings, **rest: Any) -> None:
        self.home = home
        self.roles = frozenset(rest.get("roles", ("api",)))
        self.services = self
        self.offers: dict[Any, Any] = rest.get("offers", {})
        self.contributed: list[tuple[str, Any]] = rest.get("contributed", [])
        self._settings = {type(one): one for one in settings}

    def settings[S: Settings](self, model: type[S]) -> S:
        return self._settings.get(model) or model()  # type: ignore[return-value]

    def contributions(self, _hook: str) -> list[tuple[str, Any]]:
        return self.contributed

    async def get(self, key: Any) -> Any:
        if key not in self.offers:
            raise ServiceError(f"nobody offers {key!r}")
        return self.offers[key]


@dataclass
class Exchange:
    """What came back from an ASGI application."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def start(self) -> dict[str, Any]:
        return next(one for one in self.messages if one["type"].endswith("response.start"))

    @property
    def headers(self) -> dict[str, str]:
        return {key.decode().lower(): value.decode() for key, value in self.start["headers"]}

    @property
    def pieces(self) -> list[bytes]:
        return [one["body"] for one in self.messages if one["type"] == "http.response.body"]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def answer(
    *pieces: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Callable[..., Awaitable[None]]:
    """An ASGI application with one fixed answer, sent in the given pieces."""

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        wire = [(key.lower().encode(), value.encode()) for key, value in (headers or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": wire})
        for index, piece in enumerate(pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": index < len(pieces) - 1})

    return app


async def drive(
    app: Any, *, headers: Mapping[str, str] | None = None, body: tuple[bytes, ...] = (b"",), **scope: Any
) -> Exchange:
    """Send one request to an ASGI application."""
    exchange = Exchange()
    pieces = [
        {"type": "http.request", "body": piece, "more_body": index < len(body) - 1} for index, piece in enumerate(body)
    ]

    async def receive() -> dict[str, Any]:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        exchange.messages.append(dict(message))

    wire = [(key.lower().encode(), value.encode("latin-1")) for key, value in (headers or {}).items()]
    base = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": wire, "client": ("10.0.0.9", 1)}
    await app(base | scope, receive, send)
    return exchange


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., FakeRuntime]:
    """Make a fake runtime with the given settings."""
    return lambda *settings, **rest: FakeRuntime(tmp_path, *settings, **rest)


@pytest.fixture(name="drive")
def _drive() -> Any:
    return drive


@pytest.fixture(name="answer")
def _answer() -> Any:
    return answer


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger; the test fails if it is not left as it was found."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    assert (list(root.handlers), root.level) == (handlers, level)


@pytest.fixture
async def loopback() -> AsyncIterator[Callable[[Callable[..., Awaitable[None]]], Awaitable[str]]]:
    """Start real TCP servers on loopback, each with a handler of its connections, closed after it; gives the URL."""
    servers: list[asyncio.Server] = []
    connections: list[asyncio.Task[None] | None] = []

    async def serve(handler: Callable[..., Awaitable[None]]) -> str:
        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(asyncio.current_task())
            with contextlib.suppress(ConnectionError):
                try:
                    await handler(reader, writer)
                finally:
                    writer.close()
                    await writer.wait_closed()

        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()
    await asyncio.gather(*(task for task in connections if task))
