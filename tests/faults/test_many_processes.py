"""Several API processes behind one port: a run is read, stopped and outlived from any of them."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

import dify_apps
from dify_database.testing.postgres import PostgresServer
from tests.deployment.running import free_port
from tests.faults.app_files import MODES, body_of, stop_path
from tests.faults.cluster import Cluster, client_of_another, cluster, process_of
from tests.faults.serving import Address, text_of

WORDS = [f"word{number}" for number in range(24)]
RULES = {"helper": [{"text": " ".join(WORDS), "chunks": len(WORDS), "delay": 0.25}]}

pytestmark = [pytest.mark.xdist_group("many processes"), pytest.mark.timeout(300)]


@dataclass
class Deployment:
    """A cluster whose processes share a port."""

    cluster: Cluster
    address: Address


@pytest.fixture(scope="module")
def deployed(postgres_server: PostgresServer) -> Iterator[Deployment]:
    """`serve --workers 2` on Postgres and Redis."""
    with cluster(postgres_server, SCRIPTED_MODELS=RULES) as (made, stack):
        port = free_port()
        host = made.host("one", "127.0.0.1", port, workers=2)
        stack.callback(host.kill)
        host.start()
        host.wait_until_it_says("ready at")
        yield Deployment(made, Address(f"http://127.0.0.1:{port}", made.keys))
        assert host.stop() == 0


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_is_read_further_through_another_process(deployed, mode):
    async with deployed.address.client() as client, client.run(mode) as stream:
        await stream.until_text()
        async with client_of_another(deployed.address, stream.process) as other:
            rest = await other.rest(mode, stream.run_id, stream.seen[-1].id)
        remote = [*stream.seen, *rest]
        async for _ in stream:
            pass
    assert remote == stream.seen
    assert text_of(remote).split() == WORDS


@pytest.mark.parametrize("mode", MODES)
async def test_a_run_is_stopped_through_another_process(deployed, mode):
    async with deployed.address.client() as client, client.run(mode) as stream:
        await stream.until_text()
        async with client_of_another(deployed.address, stream.process) as other:
            path = stop_path(mode, stream.task_id)
            stranger = await other.post(mode, path, {"user": "eve"})
            assert (stranger.status_code, stranger.json()) == (200, {"result": "success"})
            await anext(stream)
            assert (await other.post(mode, path, {"user": "bob"})).json() == {"result": "success"}
        async for _ in stream:
            pass
    assert len(text_of(stream.seen).split()) < len(WORDS)
    table, key = ("workflow_runs", "id") if mode == "workflow" else ("messages", "id")
    run_id = stream.seen[0].event.get("message_id") or stream.run_id
    statuses = await deployed.cluster.rows(f"SELECT status FROM {table} WHERE {key} = '{run_id}'")
    assert statuses == [("stopped" if mode == "workflow" else "normal",)]


async def test_turns_of_one_conversation_meet_in_two_processes(deployed):
    async with deployed.address.client() as client:
        first = (await client.post("chat", "/chat-messages", body_of("chat", streaming=False))).json()
        again = {"conversation_id": first["conversation_id"], "streaming": False}
        async with client_of_another(deployed.address, await process_of(client)) as other:
            bodies = [body_of("chat", f"turn {number}", **again) for number in range(2)]
            turns = zip((client, other), bodies, strict=True)
            answers = await asyncio.gather(*(one.post("chat", "/chat-messages", body) for one, body in turns))
        assert [answer.json()["answer"].split() for answer in answers] == [WORDS, WORDS]
    query = f"SELECT query FROM messages WHERE conversation_id = '{first['conversation_id']}'"
    assert {text for (text,) in await deployed.cluster.rows(query)} == {"Hello", "turn 0", "turn 1"}


async def test_a_program_with_the_library_is_one_process_among_them(deployed, here):
    settings = {**deployed.cluster.environ, "MODE": "api"}
    async with dify_apps.open(home=here / "home", settings=settings) as apps, deployed.address.client() as client:
        run, seen = apps.chat(deployed.cluster.ids["chat"], "Hello", user="bob"), []
        async for event in run:
            seen.append(event)
            if len(seen) == 1:
                reading = asyncio.create_task(client.rest("chat", event["message_id"], None))
        assert [event for _, event in await reading] == seen


async def test_runs_outlive_their_process(deployed):
    async with deployed.address.client() as client, AsyncExitStack() as stack:
        streams = {mode: await stack.enter_async_context(client.run(mode)) for mode in MODES}
        for stream in streams.values():
            await stream.until_text()
        await asyncio.sleep(1)  # what was told is written within a second
        killed = streams["workflow"].process
        async with client_of_another(deployed.address, killed) as other:
            os.kill(int(killed), signal.SIGKILL)
            await asyncio.gather(*(stream.read() for stream in streams.values()))
            for mode in MODES:
                await deployed.cluster.outlived(
                    other, mode, streams[mode], WORDS, killed=streams[mode].process == killed
                )
    await deployed.cluster.nothing_goes_on()
