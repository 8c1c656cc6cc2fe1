"""Guarded requests through the operator's forward proxy."""

import asyncio
import base64
import contextlib
from urllib.parse import urlsplit

import httpx
import pytest

from dify_egress.proxies import ForwardProxy
from dify_runtime_sdk.egress import EgressDeniedError, EgressError, Limits

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nContent-Length: 0\r\n\r\n"


class Proxy:
    """A small forward proxy: CONNECT, and requests with an absolute target."""

    def __init__(self):
        self.lines = []
        self.logins = []
        self.refusal = None
        self.port = 0
        self.tasks = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def start(self):
        self.listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def stop(self):
        self.listener.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _accept(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._serve(reader, writer)
        writer.transport.abort()

    async def _serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split(" ", 2)
        self.lines.append(f"{method} {target}")
        self.logins += [line.partition(" Basic ")[2] for line in head.split("\r\n") if line.startswith("Proxy-Auth")]
        if self.refusal is not None:
            writer.write(self.refusal)
            await writer.drain()
            return
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        upstream_reader, upstream = await asyncio.open_connection(url.hostname, url.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            upstream.write(head.replace(target, url.path or "/", 1).encode())
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, upstream))
            group.create_task(pump(upstream_reader, writer))


async def pump(reader, writer):
    try:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
    finally:
        writer.transport.abort()


@pytest.fixture
async def proxy():
    proxy = Proxy()
    await proxy.start()
    yield proxy
    await proxy.stop()


async def test_http_goes_with_its_absolute_target(serve, egress, proxy, answer):
    server = await serve(answer(body=b"through"))
    service = await egress(EGRESS_ALLOW="", SSRF_PROXY_ALL_URL=proxy.url)
    response = await service.untrusted().get(f"{server.url}/path")
    assert response.content == b"through"
    assert proxy.lines == [f"GET {server.url}/path"]


async def test_https_goes_through_a_tunnel_and_is_verified_against_the_name(serve, egress, proxy, tls, bundle):
    server = await serve(tls=tls("localhost"))
    service = await egress(EGRESS_ALLOW="", SSRF_PROXY_ALL_URL=proxy.url, EGRESS_CA_BUNDLE=bundle)
    client = service.untrusted()
    assert (await client.get(f"https://localhost:{server.port}/")).status_code == 200
    assert proxy.lines == [f"CONNECT localhost:{server.port}"]
    with pytest.raises(httpx.ConnectError, match="certificate is refused"):
        await client.get(f"https://127.0.0.1:{server.port}/")


async def test_each_scheme_can_have_its_proxy(serve, egress, proxy, tls):
    plain, secure = await serve(), await serve(tls=tls("127.0.0.1"))
    other = Proxy()
    await other.start()
    try:
        service = await egress(SSRF_PROXY_HTTP_URL=proxy.url, SSRF_PROXY_HTTPS_URL=other.url)
        client = service.untrusted(verify=False)
        await client.get(f"{plain.url}/")
        await client.get(f"{secure.url}/")
    finally:
        await other.stop()
    assert proxy.lines == [f"GET {plain.url}/"]
    assert other.lines == [f"CONNECT 127.0.0.1:{secure.port}"]


async def test_the_login_goes_to_the_proxy_alone(serve, egress, proxy, tls):
    server = await serve(tls=tls("127.0.0.1"))
    url = proxy.url.replace("http://", "http://us%40er:p%3Aw@")
    service = await egress(SSRF_PROXY_ALL_URL=url)
    await service.untrusted(verify=False).get(server.url)
    assert [base64.b64decode(login) for login in proxy.logins] == [b"us@er:p:w"]
    assert "proxy-authorization" not in server.requests[0].headers


def test_a_proxy_can_be_shown():
    assert "secret" not in repr(ForwardProxy.parse("http://user:secret@proxy.test:3128"))
    assert ForwardProxy.parse("http://user:secret@proxy.test:3128").url == "http://proxy.test:3128"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("status", [b"403 Forbidden", b"401 Unauthorized"])
async def test_a_refusal_of_squid_is_a_denial_and_is_not_repeated(scheme, status, egress, proxy):
    proxy.refusal = REFUSAL.replace(b"403 Forbidden", status)
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url)
    with pytest.raises(EgressDeniedError, match="refused by the forward proxy"):
        await service.untrusted().get(f"{scheme}://inside.test/")
    assert len(proxy.lines) == 1


async def test_a_via_of_squid_tells_it_too(egress, proxy):
    proxy.refusal = REFUSAL.replace(b"Server: squid/5.7", b"Via: 1.1 gateway (Squid/6.1)")
    with pytest.raises(EgressDeniedError):
        await (await egress(SSRF_PROXY_ALL_URL=proxy.url)).untrusted().get("http://inside.test/")


async def test_a_403_of_the_server_itself_is_an_answer(serve, egress, proxy, answer):
    server = await serve(answer(403, b"no", "Server: nginx"))
    response = await (await egress(SSRF_PROXY_ALL_URL=proxy.url)).untrusted().get(server.url)
    assert (response.status_code, response.content) == (403, b"no")


async def test_without_a_proxy_a_403_of_squid_is_an_answer(serve, egress):
    async def refuse(_request, _writer):
        return REFUSAL

    server = await serve(refuse)
    assert (await (await egress()).untrusted().get(server.url)).status_code == 403


async def test_a_proxy_that_asks_for_credentials_says_where_to_set_them(egress, proxy):
    proxy.refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(EgressError, match="SSRF_PROXY_ALL_URL") as caught:
        await (await egress(SSRF_PROXY_ALL_URL=proxy.url)).untrusted().get("https://outside.test/")
    assert not isinstance(caught.value, EgressDeniedError)
    assert len(proxy.lines) == 1


async def test_a_proxy_without_a_way_is_asked_again(egress, proxy):
    proxy.refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url, SSRF_DEFAULT_MAX_RETRIES=2)
    with pytest.raises(httpx.ConnectError, match="answers 503"):
        await service.untrusted().get("https://outside.test/")
    assert len(proxy.lines) == 3


@pytest.mark.parametrize(
    "url", ["http://u:p@127.0.0.1/", "ftp://127.0.0.1/", "http://2130706433/", "http://denied.test/"]
)
async def test_what_the_url_gives_away_never_gets_to_the_proxy(url, egress, proxy):
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url, EGRESS_DENY="denied.test")
    with pytest.raises(EgressDeniedError):
        await service.untrusted().get(url)
    assert proxy.lines == []


async def test_the_proxy_decides_on_ports(egress, proxy):
    proxy.refusal = b"HTTP/1.1 204 No Content\r\n\r\n"
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url, EGRESS_ALLOWED_PORTS="80")
    assert (await service.untrusted().get("http://outside.test:22/")).status_code == 204


async def test_a_trusted_client_takes_no_proxy(serve, egress, proxy):
    server = await serve()
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url)
    await service.trusted().get(server.url)
    assert proxy.lines == []


async def test_a_proxy_that_is_down_is_a_failed_connection(egress, proxy):
    service = await egress(SSRF_PROXY_ALL_URL=proxy.url)
    await proxy.stop()
    with pytest.raises(httpx.ConnectError):
        await service.untrusted(limits=Limits(retries=0)).get("http://outside.test/")


async def test_proxy_variables_of_the_environment_are_not_read(serve, egress, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    server = await serve()
    service = await egress()
    await service.untrusted().get(server.url)
    await service.trusted().get(server.url)
    assert proxy.lines == []
