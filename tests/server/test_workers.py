"""`serve --workers N`: refusals, one socket for all, replacement, and the stop."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.server.http_client import Feed, refused
from tests.server.plugins import BROKEN, LOUD, RELAY, SHARED, SLOW, STUBBORN
from tests.server.processes import Serving

TWO = ("--workers", "2")
GROUP = {"relay": RELAY, "shared": SHARED}


async def both(serving: Serving) -> tuple[int, int]:
    """The process ids of two workers: one is held by a request, so that the next one goes to another."""
    async with Feed.open() as feed:
        held = asyncio.create_task(serving.get(f"/hold/{feed.port}"))
        await feed.connected()
        free = (await serving.get("/pid")).json()["pid"]
        await feed.close()
        return (await held).json()["pid"], free


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_without_shared_state_it_is_refused_and_says_what_is_missing(serve):
    end = await (await serve(*TWO, plugins={"relay": RELAY}, MODE="api")).end()
    assert (end.status, end.stdout) == (1, [])
    assert "--workers 2 needs a server database and Redis" in end.stderr
    assert (
        "missing: a server database (set DB_TYPE and the other DB_* settings) and Redis (set REDIS_HOST" in end.stderr
    )


async def test_with_one_of_two_shared_states_only_the_other_is_missing(serve):
    half = SHARED.replace('("database", "cache")', '("database",)')
    end = await (await serve(*TWO, plugins={"shared": half}, MODE="api")).end()
    assert end.status == 1
    assert "missing: Redis" in end.stderr


async def test_without_the_mode_api_it_is_refused(serve):
    end = await (await serve(plugins=GROUP, SERVER_WORKER_AMOUNT="2")).end()
    assert (end.status, end.stdout) == (1, [])
    assert "--workers 2 needs MODE=api" in end.stderr


async def test_workers_share_the_socket_are_replaced_and_stop_together(serve, tmp_path):
    serving = await (await serve(*TWO, "--home", "other", plugins=GROUP, MODE="api")).ready()
    assert serving.plugins == 2
    assert await serving.line() == "process ids are at /pid"
    assert await serving.line() == "this line was found out"
    killed, kept = await both(serving)
    assert len({serving.pid, killed, kept}) == 3
    assert (await serving.get("/pid")).json()["home"] == str(tmp_path / "other")
    assert b"other" not in command_line(kept)

    os.kill(killed, signal.SIGKILL)
    pair = await both(serving)
    assert kept in pair
    assert killed not in pair

    end = await serving.stop()
    assert (end.status, end.stdout) == (0, [])
    assert f"worker process {killed} was killed by SIGKILL; starting another" in end.stderr
    assert "Traceback" not in end.stderr
    for pid in pair:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_stream_that_ends_within_the_limit_is_whole_and_new_connections_are_refused(serve):
    serving = await (await serve(*TWO, plugins=GROUP, MODE="api")).ready()
    async with Feed.open() as feed:
        streaming = asyncio.create_task(serving.get(f"/relay/{feed.port}"))
        await feed.send(b"begin ")
        serving.send_signal(signal.SIGINT)
        await refused(serving.address)
        await feed.send(b"end")
        await feed.close()
        assert (await streaming).text == "begin end"
    assert (await serving.end()).status == 0


async def test_workers_stop_when_their_parent_is_gone(serve):
    serving = await (await serve(*TWO, plugins=GROUP | {"loud": LOUD}, MODE="api")).ready()
    end = await serving.stop(signal.SIGKILL)  # its pipes end with the last worker
    assert end.status == -signal.SIGKILL
    assert end.stdout.count("loud stops") == 2


async def test_a_boot_that_fails_in_all_workers_is_reported_once(serve):
    end = await (await serve(*TWO, plugins=GROUP | {"broken": BROKEN}, MODE="api")).end()
    assert (end.status, end.stdout) == (1, [])
    errors = [line for line in end.stderr.splitlines() if line.startswith("Error:")]
    assert errors == ["Error: plugin 'broken' failed in phase start: OSError: no such device"]
    assert "Traceback" not in end.stderr


async def test_a_preflight_that_fails_is_reported_and_nothing_starts(serve):
    everywhere = BROKEN.replace('    roles = frozenset(("api",))\n', "")
    end = await (await serve(*TWO, plugins=GROUP | {"broken": everywhere}, MODE="api")).end()
    assert end.status == 1
    assert "Error: plugin 'broken' failed in phase start: OSError: no such device" in end.stderr


async def test_a_worker_that_dies_before_it_is_ready_stops_everything(serve):
    dying = BROKEN.replace('raise OSError("no such device")', "import os; os._exit(3)")
    end = await (await serve(*TWO, plugins=GROUP | {"dying": dying}, MODE="api")).end()
    assert (end.status, end.stdout) == (1, [])
    assert "ended with exit status 3 before it was ready" in end.stderr


async def test_a_signal_during_the_boot_of_the_workers_unwinds_them(serve):
    slow = SLOW.replace('requires = ("loud",)', 'roles = frozenset(("api",))')
    serving = await serve(*TWO, plugins=GROUP | {"slow": slow}, MODE="api")
    assert [await serving.line(), await serving.line()] == ["slow starts", "slow starts"]
    end = await serving.stop()
    assert end.status == 128 + signal.SIGTERM
    assert end.stdout == ["slow stops", "slow stops"]


async def test_a_second_signal_ends_parent_and_workers_at_once(serve):
    stubborn = STUBBORN.replace("    async def stop", '    roles = frozenset(("api",))\n\n    async def stop')
    serving = await (await serve(*TWO, plugins=GROUP | {"stubborn": stubborn}, MODE="api")).ready()
    banner = [await serving.line(), await serving.line()]
    assert banner == ["process ids are at /pid", "this line was found out"]
    serving.send_signal(signal.SIGTERM)
    assert [await serving.line(), await serving.line()] == ["stubborn stops", "stubborn stops"]
    assert (await serving.stop()).status == 128 + signal.SIGTERM
