"""Following: long polls, changes, outages, and the end."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from dify_config_apollo.limits import Limits

SECRET = "df23df3f59884980844ff3dada30fa97"
POLL, READ = "/notifications/v2", "/configs"


async def test_a_change_yields_the_whole_mapping(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await apollo.server.until_asked(POLL, times=2)
        await apollo.server.publish("application", {"A": "1", "B": "2"})
        assert await upcoming == {"A": "1", "B": "2"}


async def test_a_change_between_fetch_and_watch_is_not_lost(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    await apollo.server.publish("application", {"A": "1"})
    async with aclosing(source.watch()) as changes:
        assert await anext(changes) == {"A": "1"}


async def test_without_a_fetch_the_first_values_are_news(apollo: Any, expected: Mapping[str, str]) -> None:
    async with aclosing(apollo.source().watch()) as changes:
        assert await anext(changes) == expected


async def test_the_first_poll_knows_nothing_and_the_next_one_the_last_notification(apollo: Any) -> None:
    source = apollo.source(NAMESPACE="application,other")
    await apollo.server.publish("other", {})
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await apollo.server.until_asked(POLL, times=2)
    await end(task)
    polls = [request.query for request in apollo.server.asked(POLL)]
    assert {(query["appId"], query["cluster"]) for query in polls} == {("shop", "default")}
    assert [json.loads(query["notifications"]) for query in polls[:2]] == [
        [{"namespaceName": name, "notificationId": number} for name in ("application", "other")] for number in (-1, 1)
    ]


async def test_a_change_in_a_namespace_of_lower_priority_yields_the_merged_mapping(apollo: Any) -> None:
    await apollo.server.publish("shared", {"SMTP_PORT": "25", "C": "3"})
    source = apollo.source(NAMESPACE="application,shared")
    await source.fetch()
    await apollo.server.publish("shared", {"SMTP_PORT": "26", "C": "4"})
    async with aclosing(source.watch()) as changes:
        changed = await anext(changes)
    assert (changed["SMTP_PORT"], changed["C"]) == ("2525", "4")


async def test_a_new_release_with_the_same_values_is_no_news(apollo: Any, expected: Mapping[str, str]) -> None:
    source = apollo.source()
    await source.fetch()
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await apollo.server.publish("application", dict(expected))
    await apollo.server.until(lambda: knows(apollo, 2))
    await end(task)
    assert found == []


async def test_a_poll_without_news_is_followed_by_another(apollo: Any) -> None:
    apollo.server.hold = 0.0
    source = apollo.source()
    await source.fetch()
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await apollo.server.until_asked(POLL, times=4)
    await end(task)
    assert found == []


async def test_a_lost_notification_is_made_good_by_the_next_read(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    apollo.server.releases["application"] = ("unannounced", {"A": "1"})
    apollo.server.hold = 0.0
    async with aclosing(source.watch()) as changes:
        assert await anext(changes) == {"A": "1"}


async def test_long_polls_are_signed_too(apollo: Any) -> None:
    apollo.server.secret = SECRET
    source = apollo.source(secret=SECRET)
    await source.fetch()
    await apollo.server.publish("application", {"A": "1"})
    async with aclosing(source.watch()) as changes:
        assert await anext(changes) == {"A": "1"}


async def test_an_outage_is_waited_out_and_logged_once(apollo: Any, log: Any) -> None:
    source = apollo.source()
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await apollo.server.until_asked(POLL, times=2)
        await apollo.server.stop()
        await log.until("retrying")
        await apollo.server.start()
        await apollo.server.publish("application", {"A": "1"})
        assert await upcoming == {"A": "1"}
        upcoming = asyncio.ensure_future(anext(changes))
        await apollo.server.until(lambda: knows(apollo, 2))
        await apollo.server.publish("application", {"A": "2"})
        assert await upcoming == {"A": "2"}
    assert [apollo.server.url in line for line in log.lines] == [True, True]
    assert "gives no whole answer" in log.lines[0]
    assert "answers again after" in log.lines[1]


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"namespaceName": "application"}]', b"<html>", b'[{"a": 1}]'])
async def test_a_malformed_notification_is_an_outage(apollo: Any, body: bytes, log: Any) -> None:
    source = apollo.source()
    await source.fetch()
    apollo.answers(200, body)
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await log.until("(notifications)")
    assert not task.done()
    await end(task)
    assert found == []


async def test_a_notification_is_answered_for_only_once_the_values_are_read(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    apollo.server.fault = lambda request: broken() if request.path.startswith(READ) else None
    await apollo.server.publish("application", {"A": "1"})
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await apollo.server.until_asked(READ, times=4)
        assert not any(knows_in(request, 2) for request in apollo.server.asked(POLL))
        apollo.server.fault = lambda _request: None
        assert await upcoming == {"A": "1"}


async def test_notifications_of_other_namespaces_are_ignored(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    apollo.server.fault = lambda request: foreign() if request.path == POLL else None
    task = asyncio.create_task(collect(source, []))
    await apollo.server.until_asked(POLL, times=2)
    await end(task)
    assert [len(json.loads(request.query["notifications"])) for request in apollo.server.asked(POLL)[:2]] == [1, 1]


async def test_a_poll_that_nobody_answers_is_an_outage(apollo: Any, log: Any) -> None:
    source = apollo.source(limits=Limits(poll=0.05))
    await source.fetch()
    apollo.server.fault = lambda _request: b""
    task = asyncio.create_task(collect(source, []))
    await log.until("gives no answer in time (notifications)")
    await end(task)


async def test_cancelling_closes_the_connection_of_the_poll(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await apollo.server.until_asked(POLL, times=2)
    await end(task)
    await apollo.server.until_left_alone()
    assert len(apollo.server.asked(POLL)) == 2


async def test_closing_the_source_ends_a_watch_that_still_runs(apollo: Any) -> None:
    source = apollo.source()
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await apollo.server.until_asked(POLL, times=2)
    await source.close()
    with pytest.raises(RuntimeError, match="closed"):
        await task


async def collect(source: Any, found: list[Mapping[str, str]]) -> None:
    async for values in source.watch():
        found.append(values)  # noqa: PERF401 - kept when the loop is cancelled, unlike a comprehension


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def knows(apollo: Any, number: int) -> bool:
    """Whether a poll has shown that the client has read notification `number`."""
    return any(knows_in(request, number) for request in apollo.server.asked(POLL))


def knows_in(request: Any, number: int) -> bool:
    return any(entry["notificationId"] == number for entry in json.loads(request.query["notifications"]))


def broken() -> bytes:
    return b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


def foreign() -> bytes:
    body = b'[{"namespaceName": "foreign", "notificationId": 7}]'
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
