"""Time limits of connections, and which requests may have a body."""

import asyncio

import pytest

from dify_runtime.server.connection import _has_body
from dify_runtime.server.timers import IdleWatch, Limit


class Bell:
    """Counts how often it rang."""

    def __init__(self) -> None:
        self.rung = 0
        self.first = asyncio.Event()

    def __call__(self) -> None:
        self.rung += 1
        self.first.set()


async def rung_later(seconds: float) -> None:
    """Return when a limit that was set now for `seconds` is over."""
    bell = Bell()
    Limit(seconds, bell).set()
    await bell.first.wait()


async def test_a_limit_that_is_set_is_over_once():
    bell = Bell()
    limit = Limit(0.01, bell)
    limit.set()
    assert limit.is_set
    await bell.first.wait()
    await rung_later(0.03)
    assert bell.rung == 1


async def test_a_limit_that_is_lifted_is_never_over():
    bell = Bell()
    limit = Limit(0.01, bell)
    limit.set()
    limit.lift()
    assert not limit.is_set
    await rung_later(0.03)
    assert bell.rung == 0


async def test_a_timer_that_rings_before_the_time_is_over_is_moved():
    bell = Bell()
    limit = Limit(0.01, bell)
    limit.set()
    limit._timer.cancel()
    limit._ring()  # as it does when the limit was lifted and set again meanwhile
    assert bell.rung == 0
    await bell.first.wait()
    assert bell.rung == 1


async def test_a_limit_that_is_closed_leaves_no_timer():
    bell = Bell()
    limit = Limit(0.01, bell)
    limit.set()
    limit.close()
    await rung_later(0.03)
    assert bell.rung == 0


async def test_an_idle_connection_ends_when_its_time_is_over():
    bell = Bell()
    watch = IdleWatch(0.01, bell)
    await watch.restart()
    await bell.first.wait()
    assert bell.rung == 1


async def test_a_busy_connection_does_not_end_with_the_idle_time_nor_when_the_server_finishes():
    bell = Bell()
    watch = IdleWatch(0.01, bell)
    await watch.restart()
    await watch.stop()
    watch.finish()
    await rung_later(0.03)
    assert bell.rung == 0


async def test_a_server_that_finishes_ends_idle_connections_at_once_and_busy_ones_when_they_are_idle():
    idle, busy = Bell(), Bell()
    first, second = IdleWatch(60, idle), IdleWatch(60, busy)
    await first.restart()

    first.finish()
    second.finish()
    assert (idle.rung, busy.rung) == (1, 0)
    await second.restart()
    assert busy.rung == 1
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("version", "headers", "expected"),
    [
        ("1.1", [], False),
        ("1.1", [(b"host", b"x"), (b"content-length", b"3")], True),
        ("1.1", [(b"transfer-encoding", b"chunked")], True),
        ("1.0", [(b"accept", b"*/*")], False),
        ("2", [], True),
    ],
)
def test_a_body_is_announced_except_in_http_2(version, headers, expected):
    assert _has_body({"http_version": version, "headers": headers}) is expected
