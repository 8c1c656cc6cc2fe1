"""Threads of its own for work that is slow by intent or by nature."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Workers:
    """Runs functions in up to `limit` threads; further calls wait their turn.

    The threads are not shared: a flood of log-ins delays log-ins, and not file access or credentials. A caller that is
    cancelled gives up its place in the queue, but not a thread that works for it, so the limit always holds.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=limit, thread_name_prefix=name)

    async def run[*Arguments, Result](self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """The result of `function(*arguments)`; raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *arguments)

    async def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
