"""Servers that send too much, too slowly, or not at all."""

import asyncio
import contextlib
import gzip
import zlib

import httpx
import pytest

from dify_runtime_sdk.egress import EgressError, Limits, ResponseTooLargeError

ONCE = Limits(retries=0)


async def drip(_request, writer):
    """Send a byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.005)


async def stream_into(chunks, client, url):
    async with client.stream("GET", url) as response:
        async for chunk in response.aiter_bytes():
            chunks.append(chunk)


@pytest.mark.parametrize("policy", ["trusted", "untrusted"])
async def test_a_body_that_announces_too_much_is_not_read(policy, serve, egress, hang, answer):
    server = await serve(answer(200, b"", length=101))
    client = getattr(await egress(), policy)(limits=Limits(response_bytes=100))
    with pytest.raises(ResponseTooLargeError, match="more than 100 bytes") as caught:
        async with client.stream("GET", server.url):
            pass
    assert isinstance(caught.value, httpx.RequestError)
    await server.gone.wait()


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
async def test_the_size_of_a_body_that_does_not_come_does_not_count(method, status, serve, egress, answer):
    server = await serve(answer(status, b"", length=101))
    response = await (await egress()).untrusted(limits=Limits(response_bytes=100)).request(method, server.url)
    assert response.headers["Content-Length"] == "101"


async def test_a_body_that_announces_nothing_is_broken_off_at_the_limit(serve, egress):
    async def endless(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 0x400 + b"\r\n")
            await writer.drain()

    server = await serve(endless)
    service = await egress(EGRESS_MAX_RESPONSE_BYTES=100_000)
    chunks = []
    with pytest.raises(ResponseTooLargeError):
        await stream_into(chunks, service.untrusted(), server.url)
    assert 0 < sum(map(len, chunks)) <= 100_000
    await server.gone.wait()


async def test_a_body_just_at_the_limit_is_whole(serve, egress, answer):
    server = await serve(answer(body=b"x" * 100))
    response = await (await egress()).untrusted(limits=Limits(response_bytes=100)).get(server.url)
    assert len(response.content) == 100


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compression_bomb_is_measured_unpacked(layers, coding, serve, egress, answer):
    bomb = b"\0" * 20_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb, 9) if coding == "gzip" else zlib.compress(bomb, 9)
    server = await serve(answer(200, bomb, f"Content-Encoding: {', '.join([coding] * layers)}"))
    client, chunks = (await egress()).untrusted(limits=Limits(response_bytes=1_000_000)), []
    with pytest.raises(ResponseTooLargeError):
        await stream_into(chunks, client, server.url)
    assert sum(map(len, chunks)) <= 1_000_000
    assert all(len(chunk) <= 1 << 16 for chunk in chunks)
    await server.gone.wait()


async def test_a_bomb_does_not_hold_up_the_event_loop(serve, egress, answer):
    server = await serve(answer(200, gzip.compress(b"\0" * 20_000_000), "Content-Encoding: gzip"))
    turns = 0

    async def count():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    response = await (await egress()).untrusted().get(server.url)
    counting.cancel()
    assert len(response.content) == 20_000_000
    assert turns > 20_000_000 / (1 << 16)


async def test_trusted_bodies_are_as_large_as_they_are(serve, egress, answer):
    server = await serve(answer(body=b"x" * 5000))
    service = await egress(EGRESS_MAX_RESPONSE_BYTES=100)
    assert len((await service.trusted().get(server.url)).content) == 5000


@pytest.fixture
def hurried(serve, egress):
    """A service with little time for a whole request, which has made its pool and its TLS context already."""

    async def hurried():
        service = await egress(EGRESS_TOTAL_TIMEOUT=0.5)
        with contextlib.suppress(httpx.TimeoutException):
            await service.untrusted(limits=ONCE).get((await serve()).url)
        return service

    return hurried


async def test_a_server_that_drips_is_cut_off_when_the_whole_takes_too_long(serve, hurried):
    server = await serve(drip)
    service = await hurried()
    with pytest.raises(httpx.TimeoutException, match=r"not done after 0\.5 s") as caught:
        await service.untrusted(limits=ONCE).get(server.url)
    assert isinstance(caught.value, EgressError)
    await server.gone.wait()


async def test_a_stream_that_drips_is_cut_off_too(serve, hurried):
    server = await serve(drip)
    service = await hurried()
    with pytest.raises(httpx.TimeoutException):
        await stream_into([], service.untrusted(), server.url)
    await server.gone.wait()


async def test_the_limit_of_the_whole_spans_redirects(serve, hurried):
    async def slowly(_request, _writer):
        await asyncio.sleep(0.1)  # ten redirects would take twice the time that there is
        return b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"

    server = await serve(slowly)
    with pytest.raises(httpx.TimeoutException):
        await (await hurried()).untrusted().get(server.url, follow_redirects=True)


async def test_without_a_limit_of_the_whole_a_stream_may_last(serve, egress):
    async def three(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        for _ in range(3):
            await asyncio.sleep(0.03)
            writer.write(b"x")

    server = await serve(three)
    service = await egress(EGRESS_TOTAL_TIMEOUT=0)
    assert (await service.untrusted().get(server.url)).content == b"xxx"


@pytest.mark.parametrize(
    ("policy", "settings"),
    [("untrusted", {"SSRF_DEFAULT_READ_TIME_OUT": 0.05}), ("trusted", {"EGRESS_TRUSTED_READ_TIMEOUT": 0.05})],
)
async def test_a_silent_server_is_given_up(policy, settings, serve, egress, hang):
    server = await serve(hang)
    client = getattr(await egress(**settings), policy)()
    with pytest.raises(httpx.ReadTimeout, match="no answer in time"):
        await client.get(server.url)
    await server.reached.wait()
    assert len(server.requests) == 1


async def test_a_request_has_its_own_limits(serve, egress, hang):
    server = await serve(hang)
    with pytest.raises(httpx.TimeoutException):
        await (await egress()).untrusted(limits=Limits(read=0.05)).get(server.url)


async def test_a_server_that_takes_nothing_is_given_up(egress):
    writers = []

    async def deaf(reader, writer):
        writers.append(writer)
        writer.transport.pause_reading()

    listener = await asyncio.start_server(deaf, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    service = await egress(SSRF_DEFAULT_WRITE_TIME_OUT=0.1)
    with pytest.raises(httpx.TimeoutException):
        await service.untrusted().post(url, content=b"x" * 50_000_000)
    writers[0].transport.abort()
    listener.close()


async def test_a_pool_that_is_full_is_waited_for_in_bounds(serve, egress, hang):
    server = await serve(hang)
    service = await egress(SSRF_POOL_MAX_CONNECTIONS=1, SSRF_DEFAULT_TIME_OUT=0.05)
    first = asyncio.create_task(service.untrusted().get(server.url))
    await server.reached.wait()
    with pytest.raises(httpx.TimeoutException, match="SSRF_POOL_MAX_CONNECTIONS"):
        await service.untrusted().get(server.url)
    first.cancel()
    await asyncio.wait({first})


async def test_trusted_connections_have_their_own_number(serve, egress, hang):
    server = await serve(hang)
    service = await egress(EGRESS_TRUSTED_MAX_CONNECTIONS=1, EGRESS_TRUSTED_READ_TIMEOUT=0.05)
    client = service.trusted(limits=ONCE)
    done = await asyncio.gather(client.get(server.url), client.get(server.url), return_exceptions=True)
    assert [isinstance(one, httpx.TimeoutException) for one in done] == [True, True]
