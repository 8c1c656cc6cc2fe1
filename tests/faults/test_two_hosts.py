"""Two hosts behind nginx, each with processes and a home of its own: either goes on with what the other began."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from dify_database.testing.postgres import PostgresServer
from tests.deployment.running import Process, free_port
from tests.faults.app_files import MODES, stop_path
from tests.faults.cluster import Cluster, behind_nginx, cluster, process_of
from tests.faults.serving import Address, text_of

HOSTS = ("127.0.0.2", "127.0.0.3")
WORDS = [f"word{number}" for number in range(24)]
WORKERS = 2
RULES = {"helper": [{"text": " ".join(WORDS), "chunks": len(WORDS), "delay": 0.25}]}

pytestmark = [pytest.mark.xdist_group("two hosts"), pytest.mark.timeout(300)]


@dataclass
class Site:
    """What clients see, and the hosts behind it by their addresses."""

    cluster: Cluster
    front: Address
    hosts: dict[str, Process]
    port: int

    def host(self, address: str) -> Address:
        """One host, reached past nginx."""
        return Address(f"http://{address}:{self.port}", self.cluster.keys)

    def kill(self, address: str, processes: list[str]) -> None:
        """Cut a host's power: the parent first, which would start workers again, and its workers."""
        self.hosts[address].kill()
        for process in processes:
            os.kill(int(process), signal.SIGKILL)

    def start(self, address: str) -> None:
        """Start a host that was killed."""
        self.hosts[address].start()
        self.hosts[address].wait_until_it_says("ready at")

    async def processes(self) -> dict[str, str]:
        """The address of its host, by process."""
        found: dict[str, str] = {}
        for address in HOSTS:
            while list(found.values()).count(address) < WORKERS:
                async with self.host(address).client(connections=1) as client:
                    found[await process_of(client)] = address
        return found


@pytest.fixture(scope="module")
def site(postgres_server: PostgresServer) -> Iterator[Site]:
    """Two hosts with two processes each."""
    with cluster(postgres_server, SCRIPTED_MODELS=RULES) as (made, stack):
        port = free_port(HOSTS[0])
        hosts = {address: made.host(address, address, port, workers=WORKERS) for address in HOSTS}
        for host in hosts.values():
            stack.callback(host.kill)
            host.start()
        for host in hosts.values():
            host.wait_until_it_says("ready at")
        url = behind_nginx(stack, made.directory, list(HOSTS), port)
        yield Site(made, Address(url, made.keys), hosts, port)
        assert {host.stop() for host in hosts.values()} == {0}


@pytest.mark.parametrize("mode", ["workflow", "chat"])
async def test_a_stream_is_read_further_and_stopped_at_the_other_host(site, mode):
    at = await site.processes()
    async with site.front.client() as client, client.run(mode) as stream:
        await stream.until_text()
        (other,) = set(HOSTS) - {at[stream.process]}
        async with site.host(other).client() as elsewhere:
            reading = asyncio.create_task(elsewhere.rest(mode, stream.run_id, stream.seen[-1].id))
            seen = len(stream.seen)
            await anext(stream)
            await elsewhere.post(mode, stop_path(mode, stream.task_id), {"user": "bob"})
            await stream.read()
            assert await reading == stream.seen[seen:]
    assert len(text_of(stream.seen).split()) < len(WORDS)


async def test_a_reader_at_the_other_host_goes_on_reading_when_the_run_s_own_is_killed(site):
    at = await site.processes()
    async with site.front.client() as client, client.run("advanced-chat") as stream:
        await stream.until_text()
        killed = at[stream.process]
        (other,) = set(HOSTS) - {killed}
        async with site.host(other).client() as elsewhere:
            reading = asyncio.create_task(elsewhere.rest("advanced-chat", stream.run_id, None))
            await asyncio.sleep(1)  # what was told is written within a second
            site.kill(killed, [process for process, address in at.items() if address == killed])
            whole = await reading
    assert [number for number, _ in whole] == list(range(1, len(whole) + 1))
    assert text_of(whole).split() == WORDS
    site.start(killed)


async def test_runs_of_a_host_that_is_killed_go_on_at_the_other(site):
    at = await site.processes()
    async with site.front.client() as client, AsyncExitStack() as stack:
        streams = {mode: await stack.enter_async_context(client.run(mode)) for mode in MODES}
        for stream in streams.values():
            await stream.until_text()
        await asyncio.sleep(1)  # what was told is written within a second
        killed = at[streams["workflow"].process]
        site.kill(killed, [process for process, address in at.items() if address == killed])
        await asyncio.gather(*(stream.read() for stream in streams.values()))
        for mode, stream in streams.items():
            await site.cluster.outlived(client, mode, stream, WORDS, killed=at[stream.process] == killed)
    await site.cluster.nothing_goes_on()
    site.start(killed)
