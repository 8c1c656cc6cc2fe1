"""What schedulers queue, whatever their clocks do."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dify_database import Database
from dify_runtime.errors import BootError
from dify_runtime_sdk.tasks import Schedule, Tasks
from dify_tasks.scheduler.beat import Beat
from dify_tasks.scheduler.due import timing
from plugins.tasks.tests.jobs import plugins

HOURLY = Schedule("hourly", "note", cron="0 * * * *", arguments={"value": 1})


class Clock:
    def __init__(self, text: str) -> None:
        self.now = datetime.fromisoformat(text)

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def beats(database_settings, runtime, journal):
    booted = await runtime(plugins(journal), roles={"job"}, settings=database_settings)
    database, tasks = await booted.services.get(Database), await booted.services.get(Tasks)

    def beat(clock: Clock) -> Beat:
        return Beat(database, tasks, [timing(HOURLY, ZoneInfo("UTC"))], clock)

    beat.tasks = tasks
    return beat


async def test_what_was_due_before_the_first_scheduler_came_is_not_made_up_for(beats):
    clock = Clock("2026-03-01T12:30")
    beat = beats(clock)
    assert await beat.beat() == []
    clock.set("2026-03-01T13:00")
    assert await beat.beat() == ["hourly"]
    assert [one.id for one in await beats.tasks.find()] == ["hourly@2026-03-01T13:00:00"]


async def test_a_due_time_is_queued_once_by_however_many_schedulers(beats):
    clock = Clock("2026-03-01T12:30")
    several = [beats(clock) for _ in range(4)]
    await asyncio.gather(*(one.beat() for one in several))
    clock.set("2026-03-01T13:00:01")
    queued = await asyncio.gather(*(one.beat() for one in several))
    assert sorted(queued) == [[], [], [], ["hourly"]]
    assert len(await beats.tasks.find()) == 1


async def test_schedulers_whose_clocks_differ_queue_each_due_time_once(beats):
    ahead, behind = Clock("2026-03-01T12:30"), Clock("2026-03-01T12:20")
    fast, slow = beats(ahead), beats(behind)
    for minute in ("12:59", "13:00", "13:05", "13:11"):
        ahead.set(f"2026-03-01T{minute}")
        behind.set(f"2026-03-01T{int(minute[:2]) - (minute[3:] < '10' and minute[:2] == '13')}:50")
        await fast.beat()
        await slow.beat()
    behind.set("2026-03-01T13:01")
    assert await slow.beat() == []
    assert len(await beats.tasks.find()) == 1


async def test_a_clock_that_jumps_repeats_nothing(beats):
    clock = Clock("2026-03-01T12:30")
    beat = beats(clock)
    await beat.beat()
    clock.set("2026-03-01T15:10")
    assert await beat.beat() == ["hourly"]  # of 13, 14 and 15 o'clock the latest
    clock.set("2026-03-01T12:40")
    assert await beat.beat() == []
    clock.set("2026-03-01T14:00")
    assert await beat.beat() == []
    clock.set("2026-03-01T16:00")
    assert await beat.beat() == ["hourly"]


async def test_a_scheduler_that_comes_back_makes_up_for_the_latest_due_time(beats):
    clock = Clock("2026-03-01T12:30")
    await beats(clock).beat()
    clock.set("2026-03-02T12:30")
    again = beats(clock)
    assert await again.beat() == ["hourly"]
    assert await again.beat() == []


async def test_a_task_of_a_schedule_runs(runtime, journal):
    each_second = Schedule("each second", "note", every=1, arguments={"value": 7})
    await runtime(plugins(journal, each_second), roles={"worker", "scheduler"}, settings={"TASK_POLL_INTERVAL": 0.05})
    async with asyncio.timeout(20), journal.news:
        await journal.news.wait_for(lambda: len(journal.seen) >= 2)
    assert set(journal.seen) == {7}


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        (Schedule("bad", "nothing", every=1), "unknown task 'nothing'"),
        (Schedule("bad", "note"), "give either"),
        (Schedule("bad", "note", cron="* * *"), "has 3 fields"),
    ],
)
async def test_schedules_that_cannot_be_are_refused_at_boot(runtime, journal, schedule, reason):
    with pytest.raises(BootError) as caught:
        await runtime(plugins(journal, schedule), roles={"scheduler"})
    assert reason in str(caught.value)


async def test_only_a_process_with_the_role_schedules(runtime, journal):
    every_second = Schedule("each second", "note", every=1, arguments={"value": 1})
    worker = await runtime(plugins(journal, every_second), roles={"worker"})
    assert worker.records["tasks-scheduler"].state == "idle"
    assert await (await worker.services.get(Tasks)).find() == []

    scheduler = await runtime(plugins(journal, every_second), roles={"scheduler"})
    assert scheduler.records["tasks-scheduler"].state == "started"
    tasks = await scheduler.services.get(Tasks)
    async with asyncio.timeout(30):
        while not await tasks.find():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.05)
