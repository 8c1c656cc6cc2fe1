"""Content in the storage: written within a limit and only for good when its row is, read from its first piece on."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from dify_runtime_sdk.storage import ObjectNotFoundError, Storage, StorageError

from ..errors import FileLost, FilesUnavailable, FileTooLarge

_log = logging.getLogger("dify_files")

_MEGABYTE: Final = 1 << 20


class Measured:
    """Content on its way in; `size` and `digest` are complete when it was read to its end."""

    def __init__(self, content: AsyncIterator[bytes], limit: int) -> None:
        """`limit` in bytes: what is longer raises `FileTooLarge` as soon as it is seen."""
        self._content = content
        self._limit = limit
        self._hash = hashlib.sha3_256()
        self.size = 0

    @property
    def digest(self) -> str:
        """The hash that Dify keeps of uploads, in hexadecimal."""
        return self._hash.hexdigest()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._content:
            self.size += len(piece)
            if self.size > self._limit:
                raise FileTooLarge(f"File size exceeded. The limit is {self._limit / _MEGABYTE:g} MB.")
            self._hash.update(piece)
            yield piece


class Objects:
    """The storage, with errors that are fit for clients."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @asynccontextmanager
    async def written(self, key: str, content: Measured) -> AsyncIterator[None]:
        """Write an object; it is deleted again when the block raises or is cancelled."""
        try:
            await self._storage.write(key, aiter(content))
        except StorageError as error:
            raise _unavailable(error) from error
        try:
            yield
        except BaseException:
            await asyncio.shield(self._delete(key))
            raise

    async def opened(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """The content in pieces, the first of which has been read: raises `FileLost` and `FilesUnavailable` now."""
        pieces = self._storage.read(key, start=start, length=length)
        try:
            first = await anext(pieces, b"")
        except ObjectNotFoundError as error:
            raise FileLost from error
        except StorageError as error:
            raise _unavailable(error) from error
        return _continued(first, pieces)

    async def _delete(self, key: str) -> None:
        try:
            await self._storage.delete(key)
        except StorageError as error:
            _log.warning("the content of a failed upload stays in the storage: %s", error)


async def _continued(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    try:
        if first:
            yield first
        async for piece in rest:
            yield piece
    except StorageError as error:
        raise _unavailable(error) from error
    finally:
        close = getattr(rest, "aclose", None)  # a generator lets go of its file now, not when it is collected
        if close is not None:
            await close()


def _unavailable(error: StorageError) -> FilesUnavailable:
    _log.warning("the storage of files failed: %s", error)
    return FilesUnavailable()
