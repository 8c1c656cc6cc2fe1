"""Several processes, and a holder that is killed."""

import asyncio
import sys
from pathlib import Path

from dify_runtime_sdk.cache import LockTimeoutError

from .waiting import persist, soon

CONTENDER = Path(__file__).with_name("contender.py")
HOLDER = """if True:
    import asyncio, sys
    from dify_cache.redis.cache import open_cache
    from dify_cache.settings import RedisSettings

    async def main():
        async with open_cache(RedisSettings(REDIS_HOST="127.0.0.1", REDIS_PORT=int(sys.argv[1]))) as cache:
            async with cache.locks.hold(sys.argv[2], ttl=1), cache.limits.slot(sys.argv[2], limit=1, ttl=1):
                print("inside", flush=True)
                await asyncio.Event().wait()

    asyncio.run(main())
"""


async def run(*arguments):
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, *map(str, arguments), stdout=pipe, stderr=pipe)


async def test_processes_exclude_each_other(server, connect, key):
    cache = await connect(server.port)
    contenders = [await run(CONTENDER, server.port, key, 30) for _ in range(3)]
    done = await asyncio.gather(*(soon(contender.communicate()) for contender in contenders))
    assert [errors.decode() for _, errors in done] == [""] * 3
    assert await cache.values.get(f"{key}:total") == b"90"
    assert max(int(output) for output, _ in done) <= 2
    tokens = [int(entry.value) for entry in await cache.streams.range(f"{key}:tokens")]
    assert tokens == sorted(set(tokens))


async def test_what_a_killed_process_held_is_free_after_its_time(server, connect, key):
    cache = await connect(server.port)
    holder = await run("-c", HOLDER, server.port, key)
    assert holder.stdout is not None
    assert await soon(holder.stdout.readline()) == b"inside\n"
    holder.kill()
    await soon(holder.communicate())

    async def visit():
        async with cache.locks.hold(key, wait=0), cache.limits.slot(key, limit=1):
            return True

    assert await persist(visit, LockTimeoutError)
