"""When schedules are due."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dify_runtime_sdk.tasks import Schedule, TaskError
from dify_tasks.scheduler.cron import Cron
from dify_tasks.scheduler.due import timing

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "now", "due"),
    [
        ("* * * * *", "2026-03-01T12:34:56", "2026-03-01T12:34"),
        ("*/15 * * * *", "2026-03-01T12:14:59", "2026-03-01T12:00"),
        ("0 2 * * *", "2026-03-01T01:59:59", "2026-02-28T02:00"),
        ("0 2 */2 * *", "2026-03-02T12:00:00", "2026-03-01T02:00"),
        ("30 10 * * 1", "2026-03-04T00:00:00", "2026-03-02T10:30"),
        ("0 0 * * 7", "2026-03-04T00:00:00", "2026-03-01T00:00"),
        ("0 0 * * mon-fri", "2026-03-01T12:00:00", "2026-02-27T00:00"),
        ("0 0 29 feb *", "2027-03-01T00:00:00", "2024-02-29T00:00"),
        ("0 0 1 * mon", "2026-03-03T00:00:00", "2026-03-02T00:00"),
        ("5,10 8-9 * jan,dec *", "2026-02-01T00:00:00", "2026-01-31T09:10"),
        ("5/20 * * * *", "2026-03-01T12:50:00", "2026-03-01T12:45"),
        ("59 23 * * *", "2026-03-01T00:00:00", "2026-02-28T23:59"),
    ],
)
def test_the_latest_due_time_is_found(text, now, due):
    assert Cron.parse(text).latest(at(now)) == at(due)


def test_a_day_that_never_comes_is_never_due():
    assert Cron.parse("0 0 30 2 *").latest(at("2026-03-01")) is None


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* * 0 * *", "5-3 * * * *", "*/0 * * * *", "* * * foo *"]
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(TaskError, match="cron expression"):
        Cron.parse(text)


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 4 * * *", "2026-07-01T03:00", "2026-07-01T02:00"),  # summer: two hours ahead
        ("0 4 * * *", "2026-01-01T03:30", "2026-01-01T03:00"),  # winter: one
        ("30 2 * * *", "2026-10-25T00:45", "2026-10-25T00:30"),  # the hour that comes twice, the first time
        ("30 2 * * *", "2026-10-25T01:45", "2026-10-25T00:30"),  # and the second: it was due already
        ("*/30 * * * *", "2026-10-25T01:45", "2026-10-25T01:30"),  # what is due in every hour is due in both
    ],
)
def test_crons_follow_the_zone(cron, now, due):
    assert timing(Schedule("s", "t", cron=cron), BERLIN).latest(at(now)) == at(due)


def test_a_time_that_is_left_out_is_due_once():
    one = timing(Schedule("s", "t", cron="30 2 * * *"), BERLIN)
    found = {one.latest(at(f"2026-03-29T{hour:02}:{minute:02}")) for hour in range(1, 6) for minute in range(0, 60, 10)}
    assert found - {None} == {at("2026-03-29T01:30")}


def test_intervals_count_from_the_epoch():
    one = timing(Schedule("s", "t", every=90), UTC)
    assert one.latest(at("1970-01-01T00:04:00")) == at("1970-01-01T00:03:00")


def test_an_interval_is_a_second_at_least():
    with pytest.raises(TaskError, match="at least a second"):
        timing(Schedule("s", "t", every=0.5), UTC)
