"""Runs that take too long, that are stopped, and that are too many at once: as customers' programs see it."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.deployment.running import until
from tests.faults.app_files import MODES, body_of, path_of, stop_path
from tests.faults.serving import Address, Server, text_of

WORDS = [f"word{number}" for number in range(40)]
RULES = {"helper": [{"text": " ".join(WORDS), "chunks": len(WORDS), "delay": 0.25}]}
AT_ONCE = 2

pytestmark = pytest.mark.xdist_group("run limits")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Address]]:
    """A server whose model takes ten seconds, with limits that are reached at once."""
    server = Server(
        tmp_path_factory.mktemp("served"),
        SCRIPTED_MODELS=RULES,
        APP_MAX_EXECUTION_TIME=2,
        APP_MAX_ACTIVE_REQUESTS=AT_ONCE,
    )
    try:
        yield server, server.start()
        assert server.stop() == 0
    finally:
        server.kill()


def ended_early(server: Server, mode: str, run_id: str) -> bool:
    """Whether the rows of a run say that it was stopped, with what there was by then."""
    if mode == "workflow":
        return server.rows(f"SELECT status FROM workflow_runs WHERE id = '{run_id}'") == [("stopped",)]
    found = server.rows(f"SELECT answer FROM messages WHERE '{run_id}' IN (id, workflow_run_id)")
    return len(found) == 1 and 0 < len(found[0][0].split()) < len(WORDS)


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_that_takes_too_long_is_ended_with_what_there_is(served, mode):
    server, address = served
    async with address.client() as client, client.run(mode) as stream:
        await stream.read()
    assert 0 < len(text_of(stream.seen).split()) < len(WORDS)
    assert ended_early(server, mode, stream.run_id)


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_is_stopped_by_its_user(served, mode):
    server, address = served
    async with address.client() as client, client.run(mode) as stream:
        await stream.until_text()
        path = stop_path(mode, stream.task_id)
        assert (await client.post(mode, path, {"user": "bob"})).json() == {"result": "success"}
        await stream.read()
    assert len(text_of(stream.seen).split()) < len(WORDS) / 5
    assert ended_early(server, mode, stream.run_id)


@pytest.mark.parametrize("mode", MODES)
async def test_an_app_runs_no_more_often_at_once_than_it_may(served, mode):
    server, address = served
    async with address.client() as client:
        async with client.run(mode) as one, client.run(mode) as two:
            await asyncio.gather(one.until_text(), two.until_text())
            refused = await client.post(mode, path_of(mode), body_of(mode))
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
            await asyncio.gather(one.read(), two.read())
        running = "SELECT count(*) FROM runtime_runs WHERE held_until IS NOT NULL"
        until(lambda: server.rows(running) == [(0,)], "both have ended")
        async with client.run(mode) as three:
            await three.until_text()
            await three.read()
