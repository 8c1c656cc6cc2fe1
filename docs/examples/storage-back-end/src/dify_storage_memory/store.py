"""The store: the protocol `Storage` over a dictionary."""

from collections.abc import AsyncIterable, AsyncIterator

from dify_runtime_sdk.storage import DEFAULT_CHUNK, ObjectInfo, ObjectNotFoundError, StorageError
from dify_storage import check_key, check_prefix


class MemoryStorage:
    """Objects in the memory of this process, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._objects: dict[str, bytes] = {}

    async def save(self, key: str, data: bytes) -> None:
        """Keep an object; raises `StorageError` when it does not fit."""
        check_key(key)
        others = sum(len(kept) for other, kept in self._objects.items() if other != key)
        if others + len(data) > self._limit:
            raise StorageError(f"storage back end 'memory' cannot write {key!r}: full", hint="raise the limit")
        self._objects[key] = data

    async def load(self, key: str) -> bytes:
        """A whole object."""
        check_key(key)
        if key not in self._objects:
            raise ObjectNotFoundError(f"storage has no object {key!r}")
        return self._objects[key]

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        """Keep an object from a stream: nothing of it before the end of the stream."""
        check_key(key)
        data = b"".join([chunk async for chunk in chunks])
        await self.save(key, data)
        return len(data)

    async def read(
        self, key: str, *, start: int = 0, length: int | None = None, chunk_size: int = DEFAULT_CHUNK
    ) -> AsyncIterator[bytes]:
        """A stream of an object, or of a part of it."""
        data = await self.load(key)
        end = len(data) if length is None else min(len(data), start + length)
        for begin in range(start, end, chunk_size):
            yield data[begin : min(begin + chunk_size, end)]

    async def stat(self, key: str) -> ObjectInfo:
        """Size of an object; this store notes no times."""
        return ObjectInfo(key, len(await self.load(key)))

    async def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        check_key(key)
        return key in self._objects

    async def delete(self, key: str) -> None:
        """Forget an object, if there is one."""
        check_key(key)
        self._objects.pop(key, None)

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """The objects whose key begins with `prefix`, as they are now."""
        check_prefix(prefix)
        for key, data in tuple(self._objects.items()):
            if key.startswith(prefix):
                yield ObjectInfo(key, len(data))

    async def presign(self, key: str, *, expires: float) -> str | None:
        """None: memory has no URL."""
        check_key(key)
        return None
