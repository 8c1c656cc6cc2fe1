"""`http-request` nodes against peers that are slow, endless, cut off, or lead astray."""

import asyncio
import gzip
import ssl
import zlib

import pytest
import trustme

from dify_runtime_sdk.workflow import NodeError

MEGABYTE = 1024 * 1024


def http(url, **more):
    return {"type": "http-request", "method": "get", "url": url} | more


async def silence(_writer):
    await asyncio.Event().wait()


async def half(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


def endless(content_type):
    async def send(writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode())
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    return send


async def failure(guarded, url, **more):
    with pytest.raises(NodeError) as caught:
        await guarded.run(**http(url, **more))
    assert caught.value.process_data["request"]
    assert caught.value.outputs == {}
    return caught.value


async def test_a_silent_peer_is_given_up_after_the_read_time(guarded, serve):
    server = await serve(silence)

    error = await failure(guarded, server.url, timeout={"read": 0.05})

    assert error.error_type == "HttpRequestNodeError"
    assert "no answer in time" in error.message
    await server.gone.wait()


async def test_the_operators_maximum_holds_where_the_node_asks_for_more(guarded, serve):
    server = await serve(silence)
    guarded.settings = {"HTTP_REQUEST_MAX_READ_TIMEOUT": 1}

    error = await failure(guarded, server.url, timeout={"connect": 1000, "read": 1000, "write": 1000})

    assert "no answer in time" in error.message


@pytest.mark.parametrize("seconds", [None, 0, -1])
def test_times_that_say_nothing_are_the_maxima(bench, seconds):
    times = {"connect": seconds, "read": seconds, "write": seconds, "max_read_timeout": 5}
    bench.settings = {
        "HTTP_REQUEST_MAX_CONNECT_TIMEOUT": 2,
        "HTTP_REQUEST_MAX_READ_TIMEOUT": 3,
        "HTTP_REQUEST_MAX_WRITE_TIMEOUT": 4,
    }

    limits = bench.node(**http("http://example.com", timeout=times))._limits

    assert (limits.connect, limits.read, limits.write, limits.retries) == (2, 3, 4, 0)


@pytest.mark.parametrize(
    ("content_type", "setting", "kind"),
    [
        ("text/plain", "HTTP_REQUEST_NODE_MAX_TEXT_SIZE", "Text"),
        ("image/png", "HTTP_REQUEST_NODE_MAX_BINARY_SIZE", "File"),
    ],
)
async def test_an_endless_body_is_broken_off_at_the_limit(guarded, serve, content_type, setting, kind):
    server = await serve(endless(content_type))
    guarded.settings = {setting: 100_000}

    error = await failure(guarded, server.url)

    assert error.error_type == "ResponseSizeError"
    assert error.message.startswith(f"{kind} size is too large")
    assert guarded.files.stored == []
    await server.gone.wait()


@pytest.mark.parametrize("content_type", ["text/plain", "image/png"])
async def test_a_body_of_exactly_the_limit_is_taken(guarded, serve, reply, content_type):
    server = await serve(reply(b"x" * 1000, f"Content-Type: {content_type}"))
    guarded.settings = {"HTTP_REQUEST_NODE_MAX_TEXT_SIZE": 1000, "HTTP_REQUEST_NODE_MAX_BINARY_SIZE": 1000}

    result = await guarded.run(**http(server.url))

    assert len(result.outputs["body"]) + len(result.outputs["files"]) in (1000, 1)


async def test_by_default_a_text_may_have_a_mebibyte(guarded, serve, reply):
    server = await serve(
        fits=reply(b"x" * MEGABYTE, "Content-Type: text/plain"),
        over=reply(b"x" * (MEGABYTE + 1), "Content-Type: text/plain"),
    )

    result = await guarded.run(**http(f"{server.url}/fits"))
    error = await failure(guarded, f"{server.url}/over")

    assert len(result.outputs["body"]) == MEGABYTE
    assert error.message == "Text size is too large, max size is 1.00 MB"


async def test_a_body_that_announces_too_much_is_not_read(guarded, serve):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n")

    error = await failure(guarded, server.url)

    assert error.message == "File size is too large, max size is 10.00 MB"


async def test_a_compression_bomb_is_broken_off(guarded, serve, reply):
    bomb = gzip.compress(bytes(50 * MEGABYTE))
    server = await serve(reply(bomb, "Content-Type: text/plain", "Content-Encoding: gzip"))

    error = await failure(guarded, server.url)

    assert error.error_type == "ResponseSizeError"


async def test_a_lying_content_encoding_fails(guarded, serve, reply):
    server = await serve(reply(b"not gzip at all", "Content-Type: text/plain", "Content-Encoding: gzip"))

    error = await failure(guarded, server.url)

    assert (error.error_type, "cannot be decoded" in error.message) == ("HttpRequestNodeError", True)


async def test_a_cut_off_compressed_body_fails(guarded, serve, reply):
    packed = zlib.compress(b"hello " * 1000)[:-8]
    server = await serve(reply(packed, "Content-Type: text/plain", "Content-Encoding: deflate"))

    assert (await failure(guarded, server.url)).error_type == "HttpRequestNodeError"


async def test_an_unknown_content_encoding_leaves_the_body_as_it_is(guarded, serve, reply):
    server = await serve(reply(b"abc", "Content-Type: text/plain", "Content-Encoding: br"))

    result = await guarded.run(**http(server.url))

    assert result.outputs["body"] == "abc"


async def test_a_connection_cut_inside_the_body_fails(guarded, serve):
    server = await serve(half)

    error = await failure(guarded, server.url)

    assert (error.error_type, "breaks off" in error.message) == ("HttpRequestNodeError", True)


async def test_a_connection_cut_before_the_answer_fails_and_is_not_repeated(guarded, serve):
    async def hang_up(_writer):
        return

    server = await serve(hang_up)

    error = await failure(guarded, server.url)

    assert (error.error_type, len(server.requests)) == ("HttpRequestNodeError", 1)


async def test_nobody_there_fails(guarded, serve, unused_tcp_port):
    error = await failure(guarded, f"http://127.0.0.1:{unused_tcp_port}/")

    assert (error.error_type, "cannot be reached" in error.message) == ("HttpRequestNodeError", True)


@pytest.mark.parametrize("answer", [b"\x16\x03\x01 nonsense\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n"])
async def test_an_answer_that_is_no_http_fails(guarded, serve, answer):
    server = await serve(answer)

    assert (await failure(guarded, server.url)).error_type == "HttpRequestNodeError"


async def test_a_huge_header_fails(guarded, serve, reply):
    server = await serve(reply(b"x", f"X-Huge: {'h' * MEGABYTE}"))

    assert (await failure(guarded, server.url)).error_type == "HttpRequestNodeError"


async def test_redirects_are_followed_and_lose_their_credentials_abroad(guarded, serve, reply):
    abroad = await serve(reply(b"there", "Content-Type: text/plain"))
    home = await serve(start=reply(b"", f"Location: {abroad.url}/x", status=302))
    data = http(
        f"{home.url}/start",
        method="post",
        authorization={"type": "api-key", "config": {"type": "bearer", "api_key": "K"}},
        body={"type": "raw-text", "data": "hi"},
    )

    result = await guarded.run(**data)

    assert (result.outputs["body"], result.outputs["status_code"]) == ("there", 200)
    assert home.request.header("authorization") == "Bearer K"
    assert abroad.request.header("authorization") is None
    assert abroad.request.method == "GET"


async def test_a_redirect_to_a_forbidden_address_is_refused(guarded, serve, reply):
    forbidden = await serve(reply(b"secret"), host="127.0.0.2")
    server = await serve(reply(b"", f"Location: {forbidden.url}/", status=302))

    error = await failure(guarded, server.url)

    assert error.message.startswith("Blocked by SSRF protection")
    assert error.error_type == "WorkflowNodeError"
    assert forbidden.requests == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://169.254.169.254/latest"])
async def test_a_redirect_elsewhere_is_refused(guarded, serve, reply, location):
    server = await serve(reply(b"", f"Location: {location}", status=302))

    error = await failure(guarded, server.url)

    assert error.error_type in ("WorkflowNodeError", "HttpRequestNodeError")


async def test_redirects_in_a_circle_fail(guarded, serve, reply):
    server = await serve(reply(b"", "Location: /again", status=302))

    error = await failure(guarded, server.url)

    assert "redirects more than" in error.message


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://localhost.localdomain:81/", "http://u:p@127.0.0.1/"])
async def test_a_forbidden_address_is_refused(guarded, url):
    error = await failure(guarded, url)

    assert error.error_type in ("WorkflowNodeError", "HttpRequestNodeError")
    assert "u:p" not in error.message


async def test_a_cancelled_node_closes_its_connection(guarded, serve):
    asked = asyncio.Event()

    async def hang(_writer):
        asked.set()
        await asyncio.Event().wait()

    server = await serve(hang)
    task = asyncio.ensure_future(guarded.run(**http(server.url)))
    await asked.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await server.gone.wait()


@pytest.fixture
def unvouched():
    """The TLS side of a server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("verify", [{}, {"ssl_verify": True}, {"ssl_verify": None}])
async def test_a_certificate_that_nobody_vouches_for_is_refused(guarded, serve, reply, unvouched, verify):
    """The default is the operator's, HTTP_REQUEST_NODE_SSL_VERIFY, which is on."""
    server = await serve(reply(b"secret"), tls=unvouched)

    error = await failure(guarded, server.url, **verify)

    assert (error.error_type, "certificate" in error.message) == ("HttpRequestNodeError", True)


async def test_a_node_may_do_without_verification(guarded, serve, reply, unvouched):
    server = await serve(reply(b"hi", "Content-Type: text/plain"), tls=unvouched)

    result = await guarded.run(**http(server.url, ssl_verify=False))

    assert result.outputs["body"] == "hi"
