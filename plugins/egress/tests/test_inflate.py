"""Encoded bodies, unpacked in bounded steps."""

import asyncio
import gzip
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_egress.bodies import regrouped
from dify_egress.inflate import Inflater, UndecodableError, codings_of
from dify_runtime_sdk.egress import EgressError


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate}


def pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(
    data=st.one_of(st.binary(max_size=2000), st.binary(min_size=1, max_size=5).map(lambda one: one * 40000)),
    size=st.integers(1, 70000),
    kind=st.sampled_from(sorted(PACKED)),
)
def test_what_was_packed_comes_out_however_it_is_cut(data, size, kind):
    inflater = Inflater("gzip" if kind == "gzip" else "deflate")
    out = [piece for chunk in pieces(PACKED[kind](data), size) for piece in inflater.feed(chunk)]
    inflater.finish()
    assert b"".join(out) == data
    assert all(0 < len(piece) <= 1 << 16 for piece in out)


@given(size=st.integers(1, 100))
def test_members_of_gzip_follow_each_other(size):
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    inflater = Inflater("gzip")
    assert b"".join(piece for chunk in pieces(packed, size) for piece in inflater.feed(chunk)) == b"one two"
    inflater.finish()


@pytest.mark.parametrize("kind", sorted(PACKED))
def test_what_follows_the_end_is_ignored(kind):
    inflater = Inflater("gzip" if kind == "gzip" else "deflate")
    assert b"".join(inflater.feed(PACKED[kind](b"data") + b"\0\0padding")) == b"data"
    inflater.finish()


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", []),
        ("identity", []),
        ("gzip", ["gzip"]),
        ("GZIP , deflate", ["deflate", "gzip"]),
        ("br", []),
        ("gzip, br", []),
    ],
)
def test_encodings_are_undone_from_the_last_to_the_first(header, codings):
    assert codings_of(header) == codings


def test_too_many_encodings_are_refused():
    with pytest.raises(UndecodableError, match="too many"):
        codings_of("gzip, gzip, gzip, gzip")


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate"])
async def test_a_client_decodes(coding, serve, egress, answer):
    body = PACKED[coding.removeprefix("x-")](b"hello " * 1000)
    server = await serve(answer(200, body, f"Content-Encoding: {coding}"))
    response = await (await egress()).untrusted().get(server.url)
    assert response.text == "hello " * 1000
    assert response.headers["Content-Encoding"] == coding
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


async def test_an_encoding_that_nobody_asked_for_is_handed_on(serve, egress, answer):
    server = await serve(answer(200, b"\x0b\x02\x80hello\x03", "Content-Encoding: br"))
    assert (await (await egress()).untrusted().get(server.url)).content == b"\x0b\x02\x80hello\x03"


@pytest.mark.parametrize(
    ("body", "reason"), [(b"no gzip at all", "damaged"), (gzip.compress(b"x" * 100, mtime=0)[:-9], "cut off")]
)
async def test_a_damaged_body_is_an_error(body, reason, serve, egress, answer):
    server = await serve(answer(200, body, "Content-Encoding: gzip"))
    with pytest.raises(EgressError, match=reason) as caught:
        await (await egress()).untrusted().get(server.url)
    assert isinstance(caught.value, httpx.DecodingError)


async def test_an_empty_body_need_not_be_encoded(serve, egress, answer):
    server = await serve(answer(200, b"", "Content-Encoding: gzip"))
    assert (await (await egress()).untrusted().get(server.url)).content == b""


async def test_a_body_that_was_read_can_be_iterated_again(serve, egress, answer):
    server = await serve(answer(200, gzip.compress(b"hello"), "Content-Encoding: gzip"))
    response = await (await egress()).untrusted().get(server.url)
    assert [chunk async for chunk in response.aiter_bytes(2)] == [b"he", b"ll", b"o"]


async def test_a_body_that_was_streamed_cannot(serve, egress, answer):
    server = await serve(answer(body=b"hello"))
    async with (await egress()).untrusted().stream("GET", server.url) as response:
        assert [chunk async for chunk in response.aiter_bytes(2)] == [b"he", b"ll", b"o"]
        with pytest.raises(httpx.StreamConsumed):
            await response.aread()


async def test_lines_of_an_encoded_stream_come_one_by_one(serve, egress, answer):
    server = await serve(answer(200, gzip.compress(b"one\ntwo\n"), "Content-Encoding: gzip"))
    async with (await egress()).trusted().stream("GET", server.url) as response:
        assert [line async for line in response.aiter_lines()] == ["one", "two"]


@given(data=st.binary(max_size=300), cut=st.integers(1, 50), size=st.integers(1, 60))
def test_chunks_are_regrouped(data, cut, size):
    async def source():
        for piece in pieces(data, cut):
            yield piece

    async def collect():
        return [chunk async for chunk in regrouped(source(), size)]

    assert asyncio.run(collect()) == pieces(data, size)
