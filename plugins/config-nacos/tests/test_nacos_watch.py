"""Following: long polls, changes, outages, and the end."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from dify_config_nacos.limits import Limits

USER = {"USERNAME": "dify", "PASSWORD": "sesame"}
LOGIN, READ, LISTENER = "/nacos/v1/auth/login", "/nacos/v1/cs/configs", "/nacos/v1/cs/configs/listener"


async def test_a_change_yields_the_whole_mapping(nacos: Any) -> None:
    source = nacos.source()
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await nacos.server.until_asked(LISTENER)
        await nacos.server.publish("A=1\nB=2")
        assert await upcoming == {"A": "1", "B": "2"}


async def test_a_change_between_fetch_and_watch_is_not_lost(nacos: Any) -> None:
    source = nacos.source()
    await source.fetch()
    await nacos.server.publish("A=1")
    async with aclosing(source.watch()) as changes:
        assert await anext(changes) == {"A": "1"}


async def test_without_a_fetch_the_first_values_are_news(nacos: Any, expected: Mapping[str, str]) -> None:
    async with aclosing(nacos.source().watch()) as changes:
        assert await anext(changes) == expected


@pytest.mark.parametrize(("tenant", "end"), [("", "\x01"), ("team-a", "\x02team-a\x01")])
async def test_a_listener_shows_the_md5_of_the_text_as_it_was_sent(nacos: Any, tenant: str, end: str) -> None:
    text = "\ufeff# ü\r\nA=1".encode()
    await nacos.server.publish(text, tenant=tenant)
    source = nacos.source(NAMESPACE=tenant)
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await nacos.server.until_asked(LISTENER)
    await stop(task)
    [request] = nacos.server.asked(LISTENER)
    md5 = hashlib.md5(text).hexdigest()
    assert request.form == {"Listening-Configs": f"dify-api-env.properties\x02nacos-dify\x02{md5}{end}"}
    assert request.headers["long-pulling-timeout"] == "30000"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_change_in_a_comment_is_no_news(nacos: Any, expected: Mapping[str, str]) -> None:
    source = nacos.source()
    await source.fetch()
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await nacos.server.publish("# another\n" + "\n".join(f"{name}={value}" for name, value in expected.items()))
    await nacos.server.until_asked(LISTENER, times=2)
    await stop(task)
    assert found == []
    assert len(nacos.server.asked(READ)) == 2


async def test_a_poll_without_news_is_followed_by_another_and_by_no_read(nacos: Any) -> None:
    nacos.server.hold = 0.0
    source = nacos.source()
    await source.fetch()
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await nacos.server.until_asked(LISTENER, times=4)
    await stop(task)
    assert found == []
    assert len(nacos.server.asked(READ)) == 1


async def test_listeners_are_signed_and_show_their_token_too(nacos: Any) -> None:
    nacos.server.users, nacos.server.keys = {"dify": "sesame"}, {"key": "secret"}
    await nacos.server.publish("A=1", tenant="team-a")
    source = nacos.source(NAMESPACE="team-a", ACCESS_KEY="key", SECRET_KEY="secret", **USER)
    await source.fetch()
    await nacos.server.publish("A=2", tenant="team-a")
    async with aclosing(source.watch()) as changes:
        assert await anext(changes) == {"A": "2"}


async def test_a_token_that_expires_while_watching_is_replaced_without_an_outage(nacos: Any, log: Any) -> None:
    nacos.server.users, nacos.server.hold = {"dify": "sesame"}, 0.0
    source = nacos.source(**USER)
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await nacos.server.until_asked(LISTENER)
        nacos.server.tokens = []
        await nacos.server.until_asked(LOGIN, times=2)
        await nacos.server.publish("A=1")
        assert await upcoming == {"A": "1"}
    assert log.lines == []


async def test_an_outage_is_waited_out_and_logged_once(nacos: Any, log: Any) -> None:
    nacos.server.users = {"dify": "sesame"}
    source = nacos.source(**USER)
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await nacos.server.until_asked(LISTENER)
        await nacos.server.stop()
        await log.until("retrying")
        nacos.server.tokens = []
        await nacos.server.start()
        await nacos.server.publish("A=1")
        assert await upcoming == {"A": "1"}
        upcoming = asyncio.ensure_future(anext(changes))
        await nacos.server.publish("A=2")
        assert await upcoming == {"A": "2"}
    assert [nacos.server.url in line for line in log.lines] == [True, True]
    assert "gives no whole answer" in log.lines[0]
    assert "answers again after" in log.lines[1]
    assert not any(secret in line for line in log.lines for secret in ("sesame", "token-"))


@pytest.mark.parametrize("text", ["<html lang=en>", ""])
async def test_nonsense_in_place_of_the_text_is_an_outage(nacos: Any, log: Any, text: str) -> None:
    source = nacos.source()
    await source.fetch()
    async with aclosing(source.watch()) as changes:
        upcoming = asyncio.ensure_future(anext(changes))
        await nacos.server.publish(text)
        await log.until("(dataId 'dify-api-env.properties'")
        await nacos.server.publish("A=1")
        assert await upcoming == {"A": "1"}


async def test_a_text_that_is_removed_leaves_the_last_values_in_force(nacos: Any, log: Any) -> None:
    source = nacos.source()
    await source.fetch()
    found: list[Mapping[str, str]] = []
    task = asyncio.create_task(collect(source, found))
    await nacos.server.until_asked(LISTENER)
    nacos.server.texts.clear()
    await nacos.server.publish("A=1", data_id="another")
    await log.until("answers 404")
    await stop(task)
    assert found == []


async def test_a_poll_that_nobody_answers_is_an_outage(nacos: Any, log: Any) -> None:
    source = nacos.source(limits=Limits(poll=0.05))
    await source.fetch()
    nacos.server.fault = lambda _request: b""
    task = asyncio.create_task(collect(source, []))
    await log.until("gives no answer in time (listener)")
    await stop(task)


async def test_cancelling_closes_the_connection_of_the_poll(nacos: Any) -> None:
    source = nacos.source()
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await nacos.server.until_asked(LISTENER)
    await stop(task)
    await nacos.server.until_left_alone()
    assert len(nacos.server.asked(LISTENER)) == 1


async def test_closing_the_source_ends_a_watch_that_still_runs(nacos: Any) -> None:
    source = nacos.source()
    await source.fetch()
    task = asyncio.create_task(collect(source, []))
    await nacos.server.until_asked(LISTENER)
    await source.close()
    with pytest.raises(RuntimeError, match="closed"):
        await task


async def collect(source: Any, found: list[Mapping[str, str]]) -> None:
    async for values in source.watch():
        found.append(values)  # noqa: PERF401 - kept when the loop is cancelled, unlike a comprehension


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
