import gzip
import os
import zlib

import pytest

from dify_foundation.compress.middleware import INLINE_BYTES, MIN_BYTES, CompressMiddleware
from dify_foundation.compress.negotiation import accepts_gzip
from dify_foundation.compress.plugin import CompressPlugin
from dify_foundation.compress.settings import CompressSettings

LONG = b'{"text":"' + b"compressible " * 100 + b'"}'
JSON = {"content-type": "application/json"}
GZIP = {"accept-encoding": "gzip, deflate"}


@pytest.fixture
def get(drive, answer):
    """Send a request through the middleware to an application with a fixed answer."""

    async def get(*pieces, status=200, headers=JSON, accept=GZIP, **scope):
        app = CompressMiddleware(answer(*pieces, status=status, headers=headers))
        return await drive(app, headers=accept, **scope)

    return get


async def test_a_long_answer_is_compressed_and_says_so(get):
    got = await get(LONG, headers=JSON | {"content-length": str(len(LONG)), "etag": '"abc"', "accept-ranges": "bytes"})
    assert gzip.decompress(got.body) == LONG
    assert got.headers == {
        "content-type": "application/json",
        "content-encoding": "gzip",
        "content-length": str(len(got.body)),
        "vary": "Accept-Encoding",
        "etag": 'W/"abc"',
    }


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "Application/JSON", "application/problem+json"])
async def test_readable_types_are_compressed(get, kind):
    assert (await get(LONG, headers={"content-type": kind})).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/event-stream"},
        {"content-type": "text/event-stream; charset=utf-8"},
        {"content-type": "image/png"},
        {"content-type": "application/octet-stream"},
        {},
        JSON | {"content-encoding": "br"},
        JSON | {"content-range": "bytes 0-9/100"},
        JSON | {"cache-control": "public, no-transform"},
    ],
)
async def test_what_must_not_or_need_not_be_compressed_is_passed_on_unchanged(get, headers):
    got = await get(LONG, headers=headers)
    assert got.body == LONG
    assert got.headers == headers


@pytest.mark.parametrize("status", [204, 205, 206, 304])
async def test_answers_without_a_body_of_their_own_are_left_alone(get, status):
    got = await get(b"", status=status)
    assert got.headers == JSON


async def test_head_is_left_alone(get):
    assert "content-encoding" not in (await get(LONG, method="HEAD")).headers


async def test_a_short_answer_is_not_compressed_but_varies(get):
    body = b"x" * (MIN_BYTES - 1)
    got = await get(body, headers=JSON | {"content-length": str(len(body))})
    assert got.body == body
    assert got.headers == JSON | {"content-length": str(len(body)), "vary": "Accept-Encoding"}


async def test_a_client_that_does_not_accept_gzip_gets_plain_bytes(get):
    got = await get(LONG, accept={})
    assert got.body == LONG
    assert got.headers == JSON | {"vary": "Accept-Encoding"}


@pytest.mark.parametrize(
    ("vary", "expected"),
    [("Origin", "Origin, Accept-Encoding"), ("accept-encoding", "accept-encoding"), ("*", "*")],
)
async def test_an_earlier_vary_is_kept(get, vary, expected):
    assert (await get(LONG, headers=JSON | {"vary": vary})).headers["vary"] == expected


async def test_a_weak_etag_stays(get):
    assert (await get(LONG, headers=JSON | {"etag": 'W/"abc"'})).headers["etag"] == 'W/"abc"'


async def test_an_answer_in_pieces_is_readable_piece_by_piece(get):
    pieces = [b"first " * 10, b"", b"second", b"third"]
    got = await get(*pieces, headers={"content-type": "text/plain", "content-length": "5000"})
    assert "content-length" not in got.headers
    reader = zlib.decompressobj(31)
    assert [reader.decompress(piece) for piece in got.pieces] == [b"first " * 10, b"second", b"third"]
    assert reader.eof


async def test_pieces_of_a_body_known_to_be_short_are_not_compressed(get):
    got = await get(b"a", b"b", headers={"content-type": "text/plain", "content-length": "2"})
    assert got.pieces == [b"a", b"b"]
    assert "content-encoding" not in got.headers


async def test_a_large_body_is_compressed_off_the_event_loop_to_the_same_bytes(get):
    body = os.urandom(INLINE_BYTES) + b"a" * INLINE_BYTES
    assert gzip.decompress((await get(body)).body) == body
    assert gzip.decompress((await get(body, body, b"end")).body) == body * 2 + b"end"


async def test_other_messages_release_the_start_that_was_held_back(drive):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.pathsend", "path": "/x"})

    got = await drive(CompressMiddleware(app), headers=GZIP)
    assert [one["type"] for one in got.messages] == ["http.response.start", "http.response.pathsend"]
    assert "content-encoding" not in got.headers


async def test_other_connections_pass_through(drive):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await drive(CompressMiddleware(app), type="websocket")
    assert seen == ["websocket"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        (b"", False),
        (b"br", False),
        (b"gzip", True),
        (b"GZip", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"br;q=1.0, gzip;q=0.5", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000, *", False),
        (b"*;q=0", False),
        (b"gzip;q=wrong", False),
        (b"gzip;level=9;q=0.1", True),
    ],
)
def test_the_clients_wishes_are_read_with_their_qualities(value, expected):
    assert accepts_gzip(value) is expected


def test_it_is_off_unless_asked_for():
    plugin = CompressPlugin()
    assert not plugin.enabled(CompressSettings())
    assert plugin.enabled(CompressSettings(API_COMPRESSION_ENABLED=True))
    assert plugin.asgi_middleware() == [CompressMiddleware]
