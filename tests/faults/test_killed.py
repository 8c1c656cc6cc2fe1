"""A server that is killed with many open streams: no run is lost, none seems to go on for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from tests.faults.app_files import MODES
from tests.faults.serving import GRAPHS, Client, Server, Stream, text_of

STREAMS = 50
WORDS = [f"word{number}" for number in range(24)]
RULES = {"helper": [{"text": " ".join(WORDS), "chunks": len(WORDS), "delay": 0.25}]}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    """A server whose model takes six seconds."""
    server = Server(tmp_path, SCRIPTED_MODELS=RULES)
    yield server
    server.kill()


type Run = tuple[str, Stream]
"""A run, with the mode of its app."""


async def graphs_go_on(client: Client, runs: list[Run]) -> None:
    """Every reader gets exactly the rest, to a good end."""
    rests = await asyncio.gather(*(client.rest(mode, one.run_id, one.seen[-1].id) for mode, one in runs))
    for (_, stream), rest in zip(runs, rests, strict=True):
        whole = [*stream.seen, *rest]
        assert [number for number, _ in whole] == list(range(1, len(whole) + 1))
        assert text_of(whole).split() == WORDS
        assert any(event["event"] == "workflow_finished" for _, event in rest)


async def test_after_a_kill_with_fifty_streams_every_run_has_an_end(server):
    runs: list[Run] = []
    async with server.start().client(connections=STREAMS) as client, AsyncExitStack() as stack:
        for number in range(STREAMS):
            mode = MODES[number % len(MODES)]
            runs.append((mode, await stack.enter_async_context(client.run(mode))))
        await asyncio.gather(*(stream.until_text() for _, stream in runs))
        await asyncio.sleep(1)  # what was told is written within a second
        server.kill()
        await asyncio.gather(*(stream.read() for _, stream in runs))
    assert not any(stream.seen[-1].event["event"] in ("workflow_finished", "message_end") for _, stream in runs)

    async with server.start().client() as client:
        await graphs_go_on(client, [run for run in runs if run[0] in GRAPHS])
        others = [run for run in runs if run[0] not in GRAPHS]
        ends = await asyncio.gather(*(client.rest(mode, stream.run_id, None) for mode, stream in others))
        assert {end[-1].event["event"] for end in ends} == {"error"}

    assert server.rows("SELECT DISTINCT status FROM workflow_runs") == [("succeeded",)]
    assert server.rows("SELECT DISTINCT status FROM workflow_node_executions") == [("succeeded",)]
    assert server.rows("SELECT count(*) FROM messages WHERE status = 'error' AND error != ''") == [(len(others),)]
    assert server.rows("SELECT count(*) FROM messages WHERE status = 'normal' AND answer != ''") == [(10,)]
    assert server.rows("SELECT count(*) FROM runtime_runs WHERE held_until IS NOT NULL") == [(0,)]
    assert server.stop() == 0
