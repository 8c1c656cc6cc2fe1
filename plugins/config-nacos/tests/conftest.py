"""A Nacos server on loopback that keeps to the protocol, and the faults that a real one can have."""

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
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from dify_config_nacos.limits import Limits
from dify_config_nacos.settings import NacosSettings
from dify_config_nacos.source import NacosSource
from dify_runtime_sdk.polling import Pace

DATA_ID, GROUP = "dify-api-env.properties", "nacos-dify"
TEXT = "# settings\nSMTP_PORT = 2525\nGREETING=grüß dich\nEMPTY=\n"
VALUES = {"SMTP_PORT": "2525", "GREETING": "grüß dich", "EMPTY": ""}


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


def answer(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an HTTP answer; `length` lies about the size of the body."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class NacosServer:
    """The three calls of the protocol, over texts that a test publishes."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        """When there are any, reading takes a token."""
        self.keys: dict[str, str] = {}
        """When there are any, reading takes a signature."""
        self.tokens: list[str] = []
        self.ttl: Any = 18000
        self.texts: dict[tuple[str, str, str], bytes] = {}
        self.hold = 30.0
        """Seconds until a long poll without news gets its empty answer."""
        self.fault: Callable[[Request], bytes | None] = lambda _request: None
        """What is sent instead of the right answer; None = the right answer after all, b"" = nothing, for ever."""
        self.drips = False
        """After a fault, send a byte now and then, without an end."""
        self.requests: list[Request] = []
        self.errors: list[Exception] = []
        self.scheme = "http"
        self.port = 0
        self._logins = 0
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

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
        await self.until_left_alone()

    async def publish(self, text: str | bytes, *, tenant: str = "", group: str = GROUP, data_id: str = DATA_ID) -> None:
        """Store a text, and tell those who listen."""
        self.texts[tenant, group, data_id] = text.encode() if isinstance(text, str) else text
        await self._notify()

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for something to be true of this server."""
        async with self._changed:
            await self._changed.wait_for(met)

    async def until_asked(self, path: str, times: int = 1) -> None:
        """Wait until `times` requests for `path` have come in."""
        await self.until(lambda: len(self.asked(path)) >= times)

    async def until_left_alone(self) -> None:
        """Wait until the clients have closed all connections."""
        await self.until(lambda: not self._open)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

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
        request = await _received(reader)
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
        match request.method, request.path:
            case "POST", "/nacos/v1/auth/login":
                return self._logged_in(request)
            case "GET", "/nacos/v1/cs/configs":
                query = request.query
                return self._authorised(request, query["tenant"], query["group"]) or self._text(query)
            case "POST", "/nacos/v1/cs/configs/listener":
                return await self._listened(request)
        return answer(404)

    def _logged_in(self, request: Request) -> bytes:
        assert request.body == b""
        if self.users.get(request.query["username"]) != request.query["password"]:
            return answer(403, b"unknown user!")
        self._logins += 1
        self.tokens = [f"token-{self._logins}"]
        granted = {"accessToken": self.tokens[0], "tokenTtl": self.ttl, "globalAdmin": False}
        return answer(200, json.dumps(granted).encode(), "Content-Type: application/json")

    def _authorised(self, request: Request, tenant: str, group: str) -> bytes | None:
        """The refusal, or None."""
        if self.users and request.query.get("accessToken") not in self.tokens:
            return answer(403, b'{"status":403,"message":"token invalid!"}')
        if self.keys and not self._signed(request.headers, tenant, group):
            return answer(403, b"signature invalid")
        return None

    def _signed(self, headers: Mapping[str, str], tenant: str, group: str) -> bool:
        secret = self.keys.get(headers.get("spas-accesskey", ""))
        if secret is None:
            return False
        stamp = headers["timestamp"]
        text = f"{tenant}+{group}+{stamp}" if tenant else f"{group}+{stamp}"
        mac = hmac.new(secret.encode("ascii"), text.encode("ascii"), hashlib.sha1).digest()
        fresh = abs(time.time() * 1000 - int(stamp)) < 60_000
        return fresh and headers["spas-signature"] == base64.standard_b64encode(mac).decode("ascii")

    def _text(self, query: Mapping[str, str]) -> bytes:
        text = self.texts.get((query["tenant"], query["group"], query["dataId"]))
        if text is None:
            return answer(404, b"config data not exist")
        return answer(200, text, "Content-Type: text/plain;charset=UTF-8")

    async def _listened(self, request: Request) -> bytes:
        assert request.headers["long-pulling-timeout"] == "30000"
        line, end = request.form["Listening-Configs"].split("\x01")
        data_id, group, known, tenant = (*line.split("\x02"), "")[:4]
        assert end == ""
        refusal = self._authorised(request, tenant, group)
        if refusal:
            return refusal

        def changed() -> bool:
            text = self.texts.get((tenant, group, data_id))
            return known != (hashlib.md5(text).hexdigest() if text is not None else "")

        try:
            async with asyncio.timeout(self.hold):
                await self.until(changed)
        except TimeoutError:
            return answer(200)
        return answer(200, quote("\x02".join([data_id, group, *([tenant] if tenant else [])]) + "\x01").encode())


async def _received(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *fields = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (text.split(": ", 1) for text in fields)}
    return Request(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


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
class Nacos:
    """The server of a test, and sources that read it."""

    server: NacosServer
    sources: list[NacosSource] = field(default_factory=list)

    def source(self, *, limits: Limits | None = None, **settings: str) -> NacosSource:
        """A source for this server, closed at the end of the test; `settings` without their prefix."""
        address = self.server.address if self.server.scheme == "http" else self.server.url
        values = {f"DIFY_ENV_NACOS_{name}": value for name, value in ({"SERVER_ADDR": address} | settings).items()}
        pace = Pace(interval=0.0, first=0.001, longest=0.01)
        made = NacosSource(NacosSettings.model_validate(values), limits=limits, pace=pace)
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
    logger, handler = logging.getLogger("dify_config_nacos"), Log()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Nacos]]]:
    """Start servers, each with one published text."""
    running: list[Nacos] = []

    async def start(**options: Any) -> Nacos:
        made = Nacos(NacosServer())
        running.append(made)
        await made.server.start(**options)
        await made.server.publish(TEXT)
        return made

    yield start
    for made in running:
        for source in made.sources:
            await source.close()
        await made.server.until_left_alone()
        await made.server.stop()
        assert made.server.errors == []


@pytest.fixture
async def nacos(serve: Callable[..., Awaitable[Nacos]]) -> Nacos:
    """A server with one published text, and sources that read it."""
    return await serve()


@pytest.fixture
def source(nacos: Nacos) -> NacosSource:
    """A source whose server is up."""
    return nacos.source()


@pytest.fixture
def expected() -> Mapping[str, str]:
    """What `source` fetches."""
    return VALUES


@pytest.fixture
async def dead_source(serve: Callable[..., Awaitable[Nacos]]) -> NacosSource:
    """A source whose server is down."""
    dead = await serve()
    await dead.server.stop()
    return dead.source()
