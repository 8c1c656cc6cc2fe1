"""Events of a run as they go over the wire."""

import asyncio

from dify_apps.routes.streaming import PING, encode, event_stream
from dify_apps.runs.log import RunLog
from dify_apps.runs.readers import BatchReader, StoredReader, place


def event(number: int) -> dict[str, object]:
    return {"event": "message", "answer": f"é{number}"}


def wire(number: int) -> bytes:
    data = f'{{"event":"message","answer":"é{number}"}}'
    return f"data: {data}\n\nevent: ping\nid: {number}\n\n".encode()


class LogReader(BatchReader):
    """A reader of a log alone."""

    task_id = "t"

    def __init__(self, log: RunLog) -> None:
        self._log = log

    def batches(self, *, after=None):
        return self._log.batches(place(after))


async def parts_of(response):
    async with response.response as parts:
        return [part async for part in parts]


async def test_events_that_are_there_leave_in_one_piece():
    reader = StoredReader("t", [event(number) for number in range(1, 6)])
    parts = await parts_of(event_stream(reader, after="2"))
    assert parts == [wire(3) + wire(4) + wire(5)]


async def test_an_event_leaves_as_soon_as_it_is_there():
    log = RunLog()
    log.open()
    response = event_stream(LogReader(log))
    async with response.response as parts:
        for number in (1, 2):
            coming = asyncio.ensure_future(anext(aiter(parts)))
            await asyncio.sleep(0)
            assert not coming.done()
            log.append(event(number))
            assert await coming == wire(number)


async def test_the_same_events_come_one_by_one():
    log = RunLog()
    for number in (1, 2, 3):
        log.append(event(number))
    log.close()
    reader = LogReader(log)
    assert b"".join([encode(one) async for one in reader.events(after="1")]) == wire(2) + wire(3)


async def test_silence_is_a_ping(monkeypatch):
    monkeypatch.setattr("dify_apps.runs.log.PING_SECONDS", 0.01)
    log = RunLog()
    log.open()
    async with event_stream(LogReader(log)).response as parts:
        assert await anext(aiter(parts)) == PING
