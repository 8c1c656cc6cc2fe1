"""A model server on loopback that says what a test tells it to: real HTTP, for tests of providers."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


type Say = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
"""The bytes of an answer, head included, or a function that writes them; the connection ends after a function."""


@dataclass
class ModelServer:
    """A server; `answers` holds what it says by path, each the next in turn and the last one for ever."""

    url: str = ""
    answers: dict[str, list[Say]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    """How many were opened so far."""

    def says(self, path: str, *answers: Say) -> None:
        """What to answer at a path (without its query)."""
        self.answers[path] = list(answers)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(method, target, headers, body))
        known = self.answers.get(target.partition("?")[0], [error(404, f"there is no {target}")])
        say = known.pop(0) if len(known) > 1 else known[0]
        if isinstance(say, bytes):
            writer.write(say)
            await writer.drain()
            return True
        await say(writer)
        return False


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """A running server; its address is `url`, without a path."""
    server = ModelServer()
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(server.handle(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def answer(body: bytes, *, status: int = 200, content_type: str = "application/json", **headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def as_json(value: Any, **options: Any) -> bytes:
    """A whole answer of JSON."""
    return answer(json.dumps(value).encode(), **options)


def error(status: int, message: str, **headers: str) -> bytes:
    """An error in the words of most vendors."""
    return answer(json.dumps({"error": {"message": message}}).encode(), status=status, **headers)


def events(*data: Any, done: bool = True) -> bytes:
    """A whole stream of events, each of them JSON or bytes as they are."""
    lines = [b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) for one in data]
    if done:
        lines.append(b"data: [DONE]")
    return answer(b"".join(line + b"\n\n" for line in lines), content_type="text/event-stream")


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
"""The head of a stream that a function goes on with, by `piece`."""


def piece(data: bytes) -> bytes:
    """One piece of a stream begun by `STREAM_HEAD`; an empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(data), data)
