"""What servers refuse: some of it passes, and some does not."""

import asyncio

import pytest

from dify_runtime_sdk.cache import CacheError

from .conftest import HASTY
from .servers import HOST, free_port
from .waiting import soon


class Scripted:
    """A server that answers each command but PING with the next of its lines, and the last one for ever."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.asked = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        while command := await reader.read(1 << 16):
            writer.write(b"+PONG\r\n" if b"PING" in command else self._next())
            await writer.drain()
        writer.close()

    def _next(self):
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return f"{answer}\r\n".encode()


PASSING = [
    "-LOADING Redis is loading the dataset in memory",
    "-READONLY You can't write against a read only replica.",
    "-CLUSTERDOWN The cluster is down",
    "-TRYAGAIN Multiple keys request during rehashing of slot",
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
]
LASTING = [
    "-OOM command not allowed when used memory > 'maxmemory'.",
    "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "-NOPERM this user has no permissions to run the 'incrby' command",
    "-ERR unknown command",
]


@pytest.mark.parametrize("refusal", PASSING, ids=lambda line: line.split()[0])
async def test_what_a_server_refuses_for_now_is_sent_again_whatever_it_is(refusal, connect):
    async with Scripted(refusal, refusal, ":5") as server:
        cache = await connect(server.port, REDIS_SERIALIZATION_PROTOCOL=2)
        assert await soon(cache.counters.add("a")) == 5
        assert server.asked == 3
        await cache.close()


@pytest.mark.parametrize("refusal", LASTING, ids=lambda line: line.split()[0])
async def test_what_a_server_refuses_is_told_at_once(refusal, connect):
    async with Scripted(refusal) as server:
        cache = await connect(server.port, REDIS_SERIALIZATION_PROTOCOL=2)
        with pytest.raises(CacheError) as caught:
            await soon(cache.values.get("a"))
        assert refusal.split(maxsplit=1)[1].split()[0] in caught.value.message
        assert server.asked == 1
        await cache.close()


async def test_a_refusal_that_lasts_too_long_says_what_it_was(connect):
    async with Scripted(PASSING[0]) as server:
        cache = await connect(server.port, HASTY, REDIS_SERIALIZATION_PROTOCOL=2)
        with pytest.raises(CacheError, match=r"cannot be reached: .*loading"):
            await soon(cache.counters.add("a"))
        await cache.close()


async def test_a_server_that_is_a_replica_for_a_while_is_waited_for(own_server, connect):
    cache = await connect(own_server.port)
    await cache.ping()
    own_server.ask("REPLICAOF", HOST, str(free_port()))
    adding = [asyncio.create_task(cache.counters.add("a")), asyncio.create_task(cache.counters.add("b", ttl=60))]
    done, _ = await asyncio.wait(adding, timeout=0.1)
    assert not done
    own_server.ask("REPLICAOF", "NO", "ONE")
    assert await soon(asyncio.gather(*adding)) == [1, 1]


async def test_commands_under_way_when_a_server_becomes_a_replica_are_not_cut_by_each_other(own_server, connect):
    cache = await connect(own_server.port)
    await asyncio.gather(*(cache.counters.get("a") for _ in range(50)))  # as many connections, idle now
    own_server.ask("REPLICAOF", HOST, str(free_port()))
    adding = [asyncio.create_task(cache.counters.add("a")) for _ in range(50)]
    done, _ = await asyncio.wait(adding, timeout=0.3)
    assert not done
    own_server.ask("REPLICAOF", "NO", "ONE")
    assert sorted(await soon(asyncio.gather(*adding))) == list(range(1, 51))
