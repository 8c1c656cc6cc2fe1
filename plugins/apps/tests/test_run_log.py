"""The log of a run."""

import asyncio

import pytest

from dify_apps.runs import log as log_module
from dify_apps.runs.log import RunLog


def event(text: str) -> dict[str, str]:
    return {"event": "message", "answer": text}


async def read(log: RunLog, after: int = 0) -> list[tuple[str, str]]:
    return [(one.id, one.event["answer"]) async for batch in log.batches(after) for one in batch]


async def test_readers_at_any_place_get_the_rest_in_order():
    log = RunLog()
    log.open()
    early = asyncio.create_task(read(log))
    for text in "abc":
        log.append(event(text))
        await asyncio.sleep(0)
    late = asyncio.create_task(read(log, after=2))
    log.append(event("d"))
    log.close()
    assert await early == [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")]
    assert await late == [("3", "c"), ("4", "d")]
    assert await read(log, after=9) == []


async def test_nothing_is_readable_before_the_beginning_is_committed():
    log = RunLog()
    log.append(event("a"))
    reader = asyncio.create_task(anext(log.batches()))
    done, _ = await asyncio.wait([reader], timeout=0.01)
    assert not done
    log.open()
    assert [one.event for one in await reader] == [event("a")]


async def test_the_end_wakes_all_who_wait():
    log = RunLog()
    waiters = [asyncio.create_task(log.ended()) for _ in range(3)]
    await asyncio.sleep(0)
    log.close()
    await asyncio.gather(*waiters)
    assert log.over


async def test_a_reader_that_leaves_disturbs_nobody():
    log = RunLog()
    log.open()
    leaving, staying = asyncio.create_task(anext(log.batches())), asyncio.create_task(anext(log.batches()))
    await asyncio.sleep(0)
    leaving.cancel()
    log.append(event("a"))
    assert [one.event for one in await staying] == [event("a")]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_silence_is_broken_by_pings(monkeypatch):
    monkeypatch.setattr(log_module, "PING_SECONDS", 0.01)
    log = RunLog()
    log.open()
    batches = log.batches()
    assert [one.event for one in await anext(batches)] == [None]
    log.append(event("a"))
    assert [one.id for one in await anext(batches)] == ["1"]
    log.close()
    assert [one async for one in batches] == []


async def test_a_reader_gets_at_once_what_is_there():
    log = RunLog()
    log.open()
    for number in range(100):
        log.append(event(str(number)))
    log.close()

    sizes = [len(batch) async for batch in log.batches(after=1)]

    assert sum(sizes) == 99
    assert len(sizes) == 2
