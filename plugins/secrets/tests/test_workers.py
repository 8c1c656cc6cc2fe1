"""The threads for slow work."""

import asyncio
import threading

import pytest

from dify_secrets.services.workers import Workers


class Gate:
    """Work that says when it has begun, and goes on when it may."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        self.done = []

    def work(self, number):
        self.begun.release()
        self.open.wait()
        self.done.append(number)
        return number

    async def wait_for(self, count):
        for _ in range(count):
            await asyncio.to_thread(self.begun.acquire)


@pytest.fixture
async def workers():
    made = Workers("test", 2)
    yield made
    await made.close()


async def test_no_more_than_the_limit_work_at_once(workers):
    gate = Gate()
    tasks = [asyncio.create_task(workers.run(gate.work, number)) for number in range(5)]
    await gate.wait_for(2)
    assert not gate.begun.acquire(blocking=False)
    gate.open.set()
    assert await asyncio.gather(*tasks) == [0, 1, 2, 3, 4]


async def test_who_gives_up_leaves_the_queue_and_frees_no_thread(workers):
    gate = Gate()
    tasks = [asyncio.create_task(workers.run(gate.work, number)) for number in range(4)]
    await gate.wait_for(2)
    for task in (tasks[0], tasks[2]):
        task.cancel()
    await asyncio.wait((tasks[0], tasks[2]))
    assert not gate.begun.acquire(blocking=False)
    gate.open.set()
    assert await asyncio.gather(tasks[1], tasks[3]) == [1, 3]
    await workers.close()  # waits for the thread whose caller has gone
    assert sorted(gate.done) == [0, 1, 3]


async def test_what_the_work_raises_comes_back(workers):
    with pytest.raises(ZeroDivisionError):
        await workers.run(divmod, 1, 0)


async def test_closing_waits_for_what_runs_and_drops_what_waits():
    workers, gate = Workers("test", 1), Gate()
    tasks = [asyncio.create_task(workers.run(gate.work, number)) for number in range(2)]
    await gate.wait_for(1)
    closing = asyncio.create_task(workers.close())
    await asyncio.wait({tasks[1]})
    assert not closing.done()
    gate.open.set()
    await closing
    assert gate.done == [0]
    assert await tasks[0] == 0
    assert tasks[1].cancelled()
