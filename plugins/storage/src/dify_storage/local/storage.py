"""The store itself: the protocol `Storage` over files, every system call in a thread of its own pool."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Final, Self

from dify_runtime_sdk.storage import DEFAULT_CHUNK, ObjectInfo, StorageError

from ..keys import check_key, check_prefix
from ..ranges import check_range
from .errors import explained
from .incoming import Incoming
from .outgoing import Outgoing
from .sweep import sweep
from .tree import Tree, describe

RUN: Final = 2 << 20
"""Bytes that are gathered from a stream before they are written."""
AHEAD: Final = 3
"""Runs of one stream that are read or written ahead: a thread that is done goes on without waiting for the loop."""
GIVE_WAY: Final = 4 << 20
"""Bytes that are read from the system's memory, without a thread, before others get their turn: half a millisecond."""
PAGE: Final = 500
"""Objects that are listed per visit to a thread."""
THREADS: Final = 8
"""System calls that can be under way at once: enough for a disk, and few enough to leave a slow one alone."""


class LocalStorage:
    """Objects as files below one directory; made by `open`. Enter it to have its threads ended on leaving."""

    def __init__(self, tree: Tree, threads: ThreadPoolExecutor, backend: str) -> None:
        self._tree = tree
        self._threads = threads
        self._backend = backend

    @classmethod
    async def open(cls, root: Path, *, backend: str = "local") -> Self:
        """A store in `root`, which is made if need be; removes what dead writers left there. Raises `StorageError`."""
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")
        try:
            tree = await asyncio.get_running_loop().run_in_executor(threads, _prepare, root)
        except OSError as error:
            threads.shutdown(wait=False)
            message = f"storage back end {backend!r} cannot use the directory {root}: {error.strerror}"
            raise StorageError(message, hint="make it writable for this process, or name another one") from error
        return cls(tree, threads, backend)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    async def save(self, key: str, data: bytes) -> None:
        """Write an object, replacing a former one."""
        await self._run("write", key, _save, Incoming(self._tree, key), data)

    async def load(self, key: str) -> bytes:
        """A whole object."""
        return await self._run("read", key, self._load, key)

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        """Write an object from a stream, replacing a former one; returns its size."""
        check_key(key)
        incoming = Incoming(self._tree, key)
        try:
            size = await self._gather(incoming, key, chunks)
            await self._run("write", key, incoming.commit)
        except BaseException:
            await self._give_up(incoming)
            raise
        return size

    async def _gather(self, incoming: Incoming, key: str, chunks: AsyncIterable[bytes]) -> int:
        """Write some runs while the next one comes; returns the size of all."""
        size, run, gathered = 0, [], 0
        writing = deque((self._submit(incoming.write),))  # makes the file
        try:
            async for chunk in chunks:
                run.append(chunk)
                gathered += len(chunk)
                if gathered >= RUN:
                    if len(writing) >= AHEAD:
                        await self._done("write", key, writing.popleft())
                    incoming.put(run)
                    writing.append(self._submit(incoming.write))
                    size, run, gathered = size + gathered, [], 0
            incoming.put(run)
            writing.append(self._submit(incoming.write))
            while writing:
                await self._done("write", key, writing.popleft())
        finally:
            for one in writing:
                one.add_done_callback(_forget)
        return size + gathered

    async def read(
        self, key: str, *, start: int = 0, length: int | None = None, chunk_size: int = DEFAULT_CHUNK
    ) -> AsyncIterator[bytes]:
        """A stream of an object, or of `length` bytes from `start`."""
        check_range(start, length, chunk_size)
        outgoing = Outgoing(self._tree, key, start, length, chunk_size)
        reading = deque((self._submit(outgoing.read),))  # opens the file
        try:
            await self._done("read", key, reading.popleft())
            for chunk in outgoing.take():
                yield chunk
            passed = 0
            while not outgoing.ended and (piece := outgoing.cached()):
                yield piece
                passed += len(piece)
                if passed >= GIVE_WAY:
                    passed = 0
                    await asyncio.sleep(0)
            if not outgoing.ended:
                reading.extend(self._submit(outgoing.read) for _ in range(AHEAD))
            while reading:
                await self._done("read", key, reading.popleft())
                if not outgoing.ended:
                    reading.append(self._submit(outgoing.read))  # the next runs come while this one is used
                for chunk in outgoing.take():
                    yield chunk
        finally:
            outgoing.close()
            for one in reading:
                one.add_done_callback(_forget)

    async def stat(self, key: str) -> ObjectInfo:
        """Size and time of an object."""
        _, found = await self._run("read", key, self._tree.find, key)
        return describe(key, found)

    async def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        try:
            await self.stat(key)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete an object; no error when there is none."""
        try:
            await self._run("delete", key, self._delete, key)
        except FileNotFoundError:
            return

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """All objects whose key begins with `prefix`."""
        check_prefix(prefix)
        found = self._tree.walk(prefix)
        while page := await self._run("list", prefix, _page, found):
            for one in page:
                yield one

    async def presign(self, key: str, *, expires: float) -> str | None:
        """None: files have no URL of their own."""
        check_key(key)
        return None

    async def _run[*A, T](self, action: str, key: str, work: Callable[[*A], T], *given: *A) -> T:
        """What `work` returns, done in a thread; the system's errors become the store's."""
        return await self._done(action, key, self._submit(work, *given))

    async def _done[T](self, action: str, key: str, doing: asyncio.Future[T]) -> T:
        try:
            return await doing
        except StorageError:
            raise
        except OSError as error:
            raise explained(self._backend, action, key, error) from error

    def _submit[*A, T](self, work: Callable[[*A], T], *given: *A) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        try:
            return loop.run_in_executor(self._threads, work, *given)
        except RuntimeError as error:
            raise StorageError(f"storage back end {self._backend!r} is closed") from error

    async def _give_up(self, incoming: Incoming) -> None:
        """Remove what was written: to the end when this is cancelled, and also when the store was closed meanwhile."""
        try:
            work = self._submit(incoming.abort)
        except StorageError:
            incoming.abort()
        else:
            await asyncio.shield(work)

    def _load(self, key: str) -> bytes:
        with self._tree.open(key) as file:
            return file.read()

    def _delete(self, key: str) -> None:
        path, _ = self._tree.find(key)
        path.unlink()


def _prepare(root: Path) -> Tree:
    tree = Tree(root)
    sweep(tree.incoming)
    return tree


def _save(incoming: Incoming, data: bytes) -> None:
    try:
        incoming.put((data,))
        incoming.write()
        incoming.commit()
    finally:
        incoming.abort()


def _forget(done: asyncio.Future[Any]) -> None:
    """Take note of an error that nobody waits for any more, so that asyncio does not complain of it."""
    if not done.cancelled():
        done.exception()


def _page(found: Iterator[ObjectInfo]) -> list[ObjectInfo]:
    return list(islice(found, PAGE))
