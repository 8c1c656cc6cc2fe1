"""Streams of events, however they are cut up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify_runtime_sdk.sse import ServerSentEvent, SseError, SseParser


def parsed(*pieces: bytes, **options):
    parser = SseParser(**options)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.close()


def data(*values: bytes):
    return [ServerSentEvent("message", value) for value in values]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_ending_will_do(end):
    assert parsed(end.join([b"data: a", b"", b"data: b", b"", b""])) == data(b"a", b"b")


def test_names_comments_and_other_fields():
    stream = b": hi\nid: 7\nretry: 10\nevent: ping\ndata: {}\n\ndata: x\n\n"
    assert parsed(stream) == [ServerSentEvent("ping", b"{}"), ServerSentEvent("message", b"x")]


def test_lines_of_data_are_joined():
    assert parsed(b"data: a\ndata:b\ndata\n\n") == data(b"a\nb\n")


def test_a_blank_is_taken_away_once():
    assert parsed(b"data:  a\n\n") == data(b" a")


def test_an_event_without_data_is_none_and_forgets_its_name():
    assert parsed(b"event: ping\n\ndata: x\n\n\n\n") == data(b"x")


def test_a_mark_of_the_byte_order_is_skipped():
    assert parsed(b"\xef\xbb\xbfdata: a\n\n") == data(b"a")


@pytest.mark.parametrize("stream", [b"data: a", b"data: a\n", b"data: a\r"])
def test_the_end_of_the_stream_ends_the_event(stream):
    assert parsed(stream) == data(b"a")


def test_nothing_is_no_event():
    assert parsed() == parsed(b"") == parsed(b"\n\n") == []


def test_an_event_over_the_limit_is_refused_while_it_comes():
    parser = SseParser(limit=100)
    assert parser.feed(b"x" * 50) == parser.feed(b"x" * 50) == []
    with pytest.raises(SseError, match="more than 100 bytes"):
        parser.feed(b"x")


@pytest.mark.parametrize("stream", [b"data: " + b"a" * 101 + b"\n\n", b"data: aaaaaaaaa\n" * 20])
def test_an_event_over_the_limit_is_refused_when_it_comes_at_once(stream):
    with pytest.raises(SseError):
        SseParser(limit=100).feed(stream)


STREAM = b'event: a\r\ndata: 1\r\ndata: 2\r\n\r\n: c\r\rdata: 3\n\nevent:b\ndata:{"x": 1}\r\r'


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_where_the_stream_is_cut_makes_no_difference(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[first:last] for first, last in pairwise(edges)]
    assert parsed(*pieces) == parsed(STREAM)
