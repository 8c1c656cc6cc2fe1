"""A config service on loopback that keeps to the protocol, and the faults that a real one can have."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from pydantic import SecretStr

from dify_config_apollo.limits import Limits
from dify_config_apollo.settings import ApolloSettings
from dify_config_apollo.source import ApolloSource
from dify_runtime_sdk.polling import Pace

APP, CLUSTER = "shop", "default"
VALUES = {"SMTP_PORT": "2525", "GREETING": "grüß dich", "EMPTY": ""}


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True))


def answer(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an HTTP answer; `length` lies about the size of the body."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class ApolloServer:
    """The two calls of the protocol, over releases that a test publishes."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        """What a gateway strips before the service sees, and checks, the request."""
        self.scheme = "http"
        self.secret = ""
        """When set, unsigned and wrongly signed requests are refused."""
        self.releases: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self.numbers: dict[str, int] = {}
        self.hold = 60.0
        """Seconds until a long poll without news gets its 304."""
        self.fault: Callable[[Request], bytes | None] = lambda _request: None
        """What is sent instead of the right answer; None = the right answer after all, b"" = nothing, for ever."""
        self.drips = False
        """After a fault, send a byte now and then, without an end."""
        self.requests: list[Request] = []
        self.errors: list[Exception] = []
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.prefix}"

    async def start(self, **options: Any) -> None:
        """Listen on the port of the last time, or on a free one."""
        self.scheme = "https" if "ssl" in options else "http"
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, **options)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, and cut all connections."""
        if self._server is not None:
            self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await self.until(lambda: not self._open)

    async def publish(self, namespace: str, values: Mapping[str, Any]) -> None:
        """Release `values`, and notify those who wait."""
        number = self.numbers.get(namespace, 0) + 1
        self.numbers[namespace] = number
        self.releases[namespace] = (f"release-{number}", values)
        await self._notify()

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for something to be true of this server."""
        async with self._changed:
            await self._changed.wait_for(met)

    async def until_asked(self, path: str, times: int = 1) -> None:
        """Wait until `times` requests for a path that starts with `path` have come in."""
        await self.until(lambda: len(self.asked(path)) >= times)

    async def until_left_alone(self) -> None:
        """Wait until the clients have closed all connections."""
        await self.until(lambda: not self._open)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path.startswith(self.prefix + path)]

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except Exception as error:  # shown by the fixture, or the test would only see a broken answer
            self.errors.append(error)
        finally:
            writer.close()
            del self._open[task]
            await self._notify()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; False when the connection is at its end."""
        head = await reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode().removesuffix("\r\n\r\n").split("\r\n")
        method, target, _ = line.split(" ")
        request = Request(method, target, {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)})
        self.requests.append(request)
        await self._notify()
        wrong = self.fault(request)
        sent = wrong if wrong is not None else await _unless_gone(reader, self._right(request))
        if not sent:
            await reader.read()
            return False
        writer.write(sent)
        await writer.drain()
        while wrong is not None and self.drips:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)
        return wrong is None

    async def _right(self, request: Request) -> bytes:
        path = request.path.removeprefix(self.prefix)
        if self.secret and not self._signed(request):
            return answer(401, b'{"status":401}')
        if path == "/notifications/v2":
            return await self._notifications(request.query)
        if path.startswith(f"/configs/{APP}/{CLUSTER}/"):
            return self._configuration(path.rpartition("/")[2], request.query)
        return answer(404, b'{"status":404}')

    def _signed(self, request: Request) -> bool:
        stamp = request.headers.get("timestamp", "0")
        text = stamp + "\n" + request.target[len(self.prefix) :]
        mac = hmac.new(self.secret.encode("ascii"), text.encode("ascii"), hashlib.sha1).digest()
        right = f"Apollo {APP}:{base64.standard_b64encode(mac).decode('ascii')}"
        fresh = abs(time.time() * 1000 - int(stamp)) < 60_000
        return fresh and request.headers.get("authorization") == right

    def _configuration(self, namespace: str, query: Mapping[str, str]) -> bytes:
        key, values = self.releases.get(namespace, ("", None))
        if values is None:
            return answer(404, b'{"status":404}')
        if query["releaseKey"] == key:
            return answer(304)
        shown = {"appId": APP, "cluster": CLUSTER, "namespaceName": namespace}
        body = json.dumps(shown | {"configurations": values, "releaseKey": key})
        return answer(200, body.encode(), "Content-Type: application/json;charset=UTF-8")

    async def _notifications(self, query: Mapping[str, str]) -> bytes:
        assert (query["appId"], query["cluster"]) == (APP, CLUSTER)
        wanted = {entry["namespaceName"]: entry["notificationId"] for entry in json.loads(query["notifications"])}

        def newer() -> list[dict[str, Any]]:
            numbers = ((name, self.numbers.get(name, -1)) for name in wanted)
            return [{"namespaceName": n, "notificationId": number} for n, number in numbers if number > wanted[n]]

        try:
            async with asyncio.timeout(self.hold):
                await self.until(lambda: bool(newer()))
        except TimeoutError:
            return answer(304)
        return answer(200, json.dumps(newer()).encode(), "Content-Type: application/json;charset=UTF-8")


async def _unless_gone(reader: asyncio.StreamReader, work: Awaitable[bytes]) -> bytes:
    """The result of `work`; gives up when the client hangs up, as it does not pipeline."""
    answering = asyncio.ensure_future(work)
    hung_up = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({answering, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ConnectionResetError
        return answering.result()
    finally:
        answering.cancel()
        hung_up.cancel()
        await asyncio.wait({answering, hung_up})


@dataclass
class Apollo:
    """The server of a test, and sources that read it."""

    server: ApolloServer
    sources: list[ApolloSource] = field(default_factory=list)

    def source(self, *, limits: Limits | None = None, secret: str = "", **settings: str) -> ApolloSource:
        """A source for this server, closed at the end of the test; `settings` without their prefix."""
        chosen = {
            "CONFIG_URL": self.server.url,
            "APP_ID": APP,
            "CLUSTER": CLUSTER,
            "NAMESPACE": "application",
        } | settings
        values = {f"APOLLO_{name}": value for name, value in chosen.items()}
        made = ApolloSource(
            ApolloSettings.model_validate(values | {"APOLLO_SECRET": SecretStr(secret)}),
            limits=limits,
            pace=Pace(interval=0.0, first=0.001, longest=0.01),
        )
        self.sources.append(made)
        return made

    def answers(self, status: int, body: bytes = b"", *headers: str, length: int | None = None) -> None:
        """Answer every request with this from now on."""
        self.server.fault = lambda _request: answer(status, body, *headers, length=length)


class Log(logging.Handler):
    """What the plugin logs, as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self._news.set()

    async def until(self, text: str) -> None:
        """Wait for a line with `text` in it."""
        while not any(text in line for line in self.lines):
            self._news.clear()
            await self._news.wait()


@pytest.fixture
def log() -> Iterator[Log]:
    """What the plugin logs."""
    logger, handler = logging.getLogger("dify_config_apollo"), Log()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Apollo]]]:
    """Start services, each with one published namespace; `prefix` is a path that a gateway strips."""
    running: list[Apollo] = []

    async def start(prefix: str = "", **options: Any) -> Apollo:
        made = Apollo(ApolloServer(prefix))
        running.append(made)
        await made.server.start(**options)
        await made.server.publish("application", VALUES)
        return made

    yield start
    for made in running:
        for source in made.sources:
            await source.close()
        await made.server.until_left_alone()
        await made.server.stop()
        assert made.server.errors == []


@pytest.fixture
async def apollo(serve: Callable[..., Awaitable[Apollo]]) -> Apollo:
    """A service with one published namespace, and sources that read it."""
    return await serve()


@pytest.fixture
def source(apollo: Apollo) -> ApolloSource:
    """A source whose service is up."""
    return apollo.source()


@pytest.fixture
def expected() -> Mapping[str, str]:
    """What `source` fetches."""
    return VALUES


@pytest.fixture
async def dead_source(serve: Callable[..., Awaitable[Apollo]]) -> ApolloSource:
    """A source whose service is down."""
    dead = await serve()
    await dead.server.stop()
    return dead.source()
