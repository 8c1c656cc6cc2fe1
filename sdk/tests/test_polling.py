"""The loop behind `ConfigSource.watch`: what it yields, waits out, logs, and how it ends."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from dify_runtime_sdk import ConfigSourceError
from dify_runtime_sdk.polling import Pace, poll

QUICK = Pace(interval=0.0, first=0.0, longest=0.0)
log = logging.getLogger("polling_test")


class Peer:
    """Answers one scripted outcome per step, then is silent."""

    def __init__(self, *outcomes: int | Exception | None) -> None:
        self._outcomes = list(outcomes)
        self.silent = asyncio.Event()
        self.cancelled = False

    async def step(self) -> int | None:
        if not self._outcomes:
            await self._never()
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _never(self) -> None:
        self.silent.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def follow(peer: Peer, pace: Pace | None = QUICK) -> AsyncGenerator[int, None]:
    return poll(peer.step, subject="the peer", outage=ConfigSourceError, log=log, pace=pace)


async def collect(peer: Peer) -> list[int]:
    """What is yielded until the peer falls silent and the task is cancelled."""
    found: list[int] = []

    async def run() -> None:
        async for value in follow(peer):
            found.append(value)  # noqa: PERF401 - kept when the loop is cancelled, unlike a comprehension

    task = asyncio.create_task(run())
    await peer.silent.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return found


async def test_what_a_step_finds_is_yielded_and_none_is_not() -> None:
    assert await collect(Peer(1, None, 2, None, None, 0)) == [1, 2, 0]


async def test_an_outage_is_waited_out() -> None:
    down = ConfigSourceError("down")
    assert await collect(Peer(1, down, down, down, 2)) == [1, 2]


async def test_an_outage_is_logged_when_it_begins_and_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, log.name)
    await collect(Peer(*[ConfigSourceError("down")] * 5, 1, None, 2))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "down; the last good values stay in force, retrying"),
        ("INFO", "the peer answers again after 5 failed attempts"),
    ]


async def test_the_reasons_of_further_failures_are_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, log.name)
    await collect(Peer(ConfigSourceError("cut off"), ConfigSourceError("refused")))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "cut off; the last good values stay in force, retrying"),
        ("DEBUG", "refused; failed attempt 2"),
    ]


async def test_a_second_outage_is_logged_like_the_first(caplog: pytest.LogCaptureFixture) -> None:
    down = ConfigSourceError("down")
    await collect(Peer(down, 1, down, 2))
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 2


async def test_an_error_that_is_no_outage_ends_the_iteration() -> None:
    stream = follow(Peer(1, ZeroDivisionError("a bug")))
    assert await anext(stream) == 1
    with pytest.raises(ZeroDivisionError):
        await anext(stream)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_cancelling_the_task_cancels_the_step() -> None:
    peer = Peer()
    assert await collect(peer) == []
    assert peer.cancelled


async def test_cancelling_the_task_cuts_a_back_off_short() -> None:
    failing = asyncio.Event()

    async def step() -> int:
        failing.set()
        raise ConfigSourceError("down")

    endless = poll(step, subject="x", outage=ConfigSourceError, log=log, pace=Pace(first=3600.0, longest=3600.0))
    task = asyncio.ensure_future(anext(endless))
    await failing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_can_be_closed_between_steps() -> None:
    async with aclosing(follow(Peer(1, 2), pace=None)) as stream:
        assert await anext(stream) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_the_next_step_waits_for_the_interval() -> None:
    peer = Peer(1, 2)
    stream = follow(peer, Pace(interval=3600.0))
    assert await anext(stream) == 1
    task = asyncio.ensure_future(anext(stream))
    done, _ = await asyncio.wait({task}, timeout=0.01)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_delay_doubles_up_to_the_longest_and_keeps_in_the_upper_half() -> None:
    pace = Pace(first=1.0, longest=10.0)
    for failures, ceiling in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (10_000, 10.0)]:
        delays = [pace.delay(failures) for _ in range(200)]
        assert all(ceiling / 2 <= delay <= ceiling for delay in delays)


def test_delays_are_spread() -> None:
    assert len({Pace().delay(5) for _ in range(50)}) > 25
