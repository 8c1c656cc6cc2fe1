"""The log of a run."""

import asyncio

import pytest

from dify_apps.runs import log as log_module
from dify_apps.runs.log import RunLog


def event(text: str) -> dict[str, str]:
    return {"event": "message", "answer": text}


async def read(log: RunLog, after: int = 0) -> list[tuple[str, str]]:
    return [(one.id, one.event["answer"]) async for one in log.events(after) if one.event is not None]


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
    reader = asyncio.create_task(anext(log.events()))
    done, _ = await asyncio.wait([reader], timeout=0.01)
    assert not done
    log.open()
    assert (await reader).event == event("a")


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
    leaving, staying = asyncio.create_task(anext(log.events())), asyncio.create_task(anext(log.events()))
    await asyncio.sleep(0)
    leaving.cancel()
    log.append(event("a"))
    assert (await staying).event == event("a")
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_silence_is_broken_by_pings(monkeypatch):
    monkeypatch.setattr(log_module, "PING_SECONDS", 0.01)
    log = RunLog()
    log.open()
    events = log.events()
    assert (await anext(events)).event is None
    log.append(event("a"))
    assert (await anext(events)).id == "1"
    log.close()
    assert [one async for one in events] == []
