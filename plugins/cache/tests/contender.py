"""A process that contends with others: `python contender.py PORT KEY ROUNDS`.

Under a lock it adds to a value in two steps, which would lose additions if two were inside; in a slot it counts who is
inside. It prints the largest crowd it saw.
"""

import asyncio
import sys

from dify_cache.redis.cache import RedisCache, open_cache
from dify_cache.settings import RedisSettings
from dify_runtime_sdk.cache import LockTimeoutError


async def add(cache: RedisCache, key: str) -> None:
    """Add one to the value, in two steps."""
    async with cache.locks.hold(key, wait=60) as lease:
        before = int(await cache.values.get(f"{key}:total") or 0)
        await asyncio.sleep(0)
        await cache.values.set(f"{key}:total", b"%d" % (before + 1))
        await cache.streams.append(f"{key}:tokens", b"%d" % lease.token)


async def crowd(cache: RedisCache, key: str) -> int:
    """How many are inside, oneself included."""
    while True:
        try:
            async with cache.limits.slot(key, limit=2):
                inside = await cache.counters.add(f"{key}:inside", 1)
                await cache.counters.add(f"{key}:inside", -1)
                return inside
        except LockTimeoutError:
            await asyncio.sleep(0.002)


async def main(port: int, key: str, rounds: int) -> int:
    """Contend; the largest crowd seen."""
    async with open_cache(RedisSettings(REDIS_HOST="127.0.0.1", REDIS_PORT=port)) as cache:
        crowds = []
        for _ in range(rounds):
            await add(cache, key)
            crowds.append(await crowd(cache, key))
        return max(crowds)


if __name__ == "__main__":
    _, port, key, rounds = sys.argv
    sys.stdout.write(f"{asyncio.run(main(int(port), key, int(rounds)))}\n")
