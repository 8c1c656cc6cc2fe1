"""Small things done together: what comes while one batch is under way is the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence


class Batcher[T]:
    """Collects items and hands them to `flush` in batches, one batch at a time; `close` must follow.

    Where `flush` raises, its items are flushed one by one, so that each gets an error of its own; an error in `common`
    is everybody's at once.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[T]], Awaitable[None]],
        *,
        name: str,
        most: int = 500,
        common: tuple[type[Exception], ...] = (),
    ) -> None:
        self._flush = flush
        self._name = name
        self._most = most
        self._common = common
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: T) -> None:
        """Wait until the batch of this item is done. Cancelled, the item goes its way all the same."""
        await asyncio.shield(self._add(item))

    def add(self, item: T) -> None:
        """Like `put`, not waiting; for a `flush` that raises nothing."""
        self._add(item)

    def _add(self, item: T) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((item, done))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run(), name=self._name)
        return done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._settle(batch)

    async def _settle(self, batch: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        """Flush a batch, and tell those who wait for it."""
        error: Exception | None = None
        try:
            await self._flush([item for item, _ in batch])
        except Exception as raised:
            error = raised
            if len(batch) > 1 and not isinstance(raised, self._common):
                for one in batch:
                    await self._settle([one])
                return
        for _, done in batch:
            if done.cancelled():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._task is not None:
            await asyncio.wait({self._task})
