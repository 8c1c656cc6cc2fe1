"""SIGTERM and SIGINT: during the boot, under load, and twice."""

import signal

import pytest

from tests.server.http_client import Feed, opened, refused
from tests.server.plugins import LOUD, RELAY, SLOW, STUBBORN

BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@BOTH
async def test_a_signal_during_the_boot_stops_what_had_started_in_reverse(serve, number):
    serving = await serve(plugins={"slow": SLOW, "loud": LOUD})
    assert [await serving.line(), await serving.line()] == ["loud starts", "slow starts"]
    end = await serving.stop(number)
    assert end.status == 128 + number
    assert end.stdout == ["slow stops", "loud stops"]
    assert end.stderr == ""


@BOTH
async def test_a_signal_while_declarations_are_imported_ends_it_quietly(serve, number):
    blocking = "print('importing', flush=True)\nimport time\ntime.sleep(60)\n" + LOUD
    serving = await serve(plugins={"loud": blocking})
    assert await serving.line() == "importing"
    end = await serving.stop(number)
    assert (end.status, end.stdout, end.stderr) == (128 + number, [], "")


@BOTH
async def test_under_load_a_stream_that_ends_within_the_limit_is_whole(serve, number):
    serving = await (await serve(plugins={"relay": RELAY})).ready()
    async with Feed.open() as feed, opened(serving.address) as wire:
        await wire.get(f"/relay/{feed.port}")
        await feed.send(b"begin")
        await wire.until(b"begin")
        serving.send_signal(number)
        await refused(serving.address)
        await feed.send(b"the end")
        await feed.close()
        assert (await wire.rest()).endswith(b"the end\r\n0\r\n\r\n")
    assert (await serving.end()).status == 0


async def test_under_load_a_stream_is_cut_at_the_limit(serve):
    serving = await (await serve(plugins={"relay": RELAY}, SERVER_GRACEFUL_TIMEOUT="0.2")).ready()
    async with Feed.open() as feed, opened(serving.address) as wire:
        await wire.get(f"/relay/{feed.port}")
        await feed.send(b"begin")
        await wire.until(b"begin")
        end = await serving.stop()
        assert b"0\r\n\r\n" not in await wire.rest()
    assert end.status == 0
    assert "cutting 1 connections" in end.stderr
    assert "Traceback" not in end.stderr


@BOTH
async def test_a_second_signal_ends_it_at_once(serve, number):
    serving = await (await serve(plugins={"stubborn": STUBBORN})).ready()
    serving.send_signal(signal.SIGTERM)
    assert await serving.line() == "stubborn stops"
    end = await serving.stop(number)
    assert end.status == 128 + number
    assert end.stderr == ""


async def test_a_second_signal_works_while_a_plugin_blocks_the_loop(serve):
    blocking = STUBBORN.replace("await asyncio.sleep(60)", "import time; time.sleep(60)")
    serving = await (await serve(plugins={"stubborn": blocking})).ready()
    serving.send_signal(signal.SIGTERM)
    assert await serving.line() == "stubborn stops"
    assert (await serving.stop()).status == 128 + signal.SIGTERM
