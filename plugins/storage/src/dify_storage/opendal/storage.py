"""The store itself: the protocol `Storage` over an operator of OpenDAL."""

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Final, Self

from dify_runtime_sdk.storage import DEFAULT_CHUNK, ObjectInfo, ObjectNotFoundError

from ..keys import check_key, check_prefix
from ..ranges import check_range
from .errors import refused, translated
from .service import Service

if TYPE_CHECKING:
    from opendal import AsyncOperator
    from opendal.file import AsyncFile
    from opendal.types import Metadata

PART: Final = 8 << 20
"""Bytes that are sent at once: an object up to this size in one request, a larger one in parts."""
FLAT: Final = frozenset(("s3", "azblob", "gcs", "oss", "cos", "obs", "tos"))
"""Services that have objects and nothing else: what others have under a key could be a directory."""
PRESIGNING: Final = FLAT - {"azblob"}
"""Services whose URLs allow to read one object, for the asked time. Those of azblob allow to write, for an hour."""
_CONTROL_SECONDS: Final = 60.0
_TRANSFER_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 0.05
"""Time for OpenDAL's threads to let go of Python's objects: one that comes too late aborts a process that is ending."""


class OpendalStorage:
    """Objects in an object store; made by `open`. Enter it to have the process end well after leaving."""

    def __init__(self, operator: "AsyncOperator", *, backend: str, scheme: str) -> None:
        self._operator = operator
        self._backend = backend
        self._flat = scheme in FLAT
        self._presigns = scheme in PRESIGNING and operator.capability().presign_read
        self._in_parts = operator.capability().write_can_multi

    @classmethod
    def open(cls, backend: str, service: Service) -> Self:
        """A store that asks `service`; nothing is sent yet. Raises `StorageError` for options that make no sense."""
        import opendal  # at first use: 70 ms, and nothing to processes that keep their files locally

        try:
            operator = opendal.AsyncOperator(service.scheme, **service.options)
        except Exception as error:  # its exceptions have no common base
            raise refused(backend, service.scheme, service.options, error) from None
        timeout = opendal.layers.TimeoutLayer(_CONTROL_SECONDS, _TRANSFER_SECONDS)
        retry = opendal.layers.RetryLayer(max_times=3, factor=2.0, jitter=True, min_delay=0.3, max_delay=10.0)
        return cls(operator.layer(timeout).layer(retry), backend=backend, scheme=service.scheme)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(_DRAIN_SECONDS)

    async def save(self, key: str, data: bytes) -> None:
        """Write an object, replacing a former one."""
        check_key(key)
        await self._ask("write", key, self._operator.write(key, data))

    async def load(self, key: str) -> bytes:
        """A whole object."""
        check_key(key)
        return bytes(await self._ask("read", key, self._operator.read(key)))

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        """Write an object from a stream, replacing a former one; returns its size.

        A service that takes no parts is given the whole object at once, which must then fit into memory.
        """
        check_key(key)
        size, held, file = 0, bytearray(), None
        async for chunk in chunks:
            size += len(chunk)
            if file is not None:
                await self._ask("write", key, file.write(chunk))
                continue
            held += chunk
            if self._in_parts and size > PART:
                file = await self._ask("write", key, self._operator.open(key, "wb", chunk=PART))
                await self._ask("write", key, file.write(bytes(held)))
                held.clear()
        if file is None:
            await self.save(key, bytes(held))
        else:
            await self._ask("write", key, file.close())  # only this makes it visible: never in a `finally`
        return size

    async def read(
        self, key: str, *, start: int = 0, length: int | None = None, chunk_size: int = DEFAULT_CHUNK
    ) -> AsyncIterator[bytes]:
        """A stream of an object, or of `length` bytes from `start`."""
        check_key(key)
        check_range(start, length, chunk_size)
        file = await self._open_range(key, start, length)
        while file is not None and (chunk := await self._ask("read", key, file.read(chunk_size))):
            yield bytes(chunk)

    async def _open_range(self, key: str, start: int, length: int | None) -> "AsyncFile | None":
        """The object opened at `start`; None when nothing is there to read. A range over the end would be refused."""
        if length is None and start == 0:
            return await self._ask("read", key, self._operator.open(key, "rb"))
        left = (await self.stat(key)).size - start
        wanted = left if length is None else min(length, left)
        if wanted <= 0:
            return None
        return await self._ask("read", key, self._operator.open(key, "rb", offset=start, size=wanted))

    async def stat(self, key: str) -> ObjectInfo:
        """Size and time of an object."""
        check_key(key)
        found = await self._ask("read", key, self._operator.stat(key))
        if found.is_dir:
            raise ObjectNotFoundError(f"storage has no object {key!r}")
        return _describe(key, found)

    async def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        try:
            await self.stat(key)
        except ObjectNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete an object; no error when there is none."""
        check_key(key)
        if self._flat or await self.exists(key):
            await self._ask("delete", key, self._operator.delete(key))

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """All objects whose key begins with `prefix`."""
        check_prefix(prefix)
        entries = aiter(await self._ask("list", prefix, self._operator.list(prefix, recursive=True)))
        while (entry := await self._ask("list", prefix, anext(entries, None))) is not None:
            if entry.path.endswith("/"):
                continue  # directories are listed too
            told = entry.metadata.last_modified is not None  # else the service lists names alone
            yield _describe(entry.path, entry.metadata) if told else await self.stat(entry.path)

    async def presign(self, key: str, *, expires: float) -> str | None:
        """A URL that reads the object for `expires` seconds; None where the service has none that does only that."""
        check_key(key)
        if not self._presigns:
            return None
        request = await self._ask("presign", key, self._operator.presign_read(key, math.ceil(expires)))
        return request.url

    async def _ask[T](self, action: str, key: str, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except Exception as error:  # its exceptions have no common base
            raise translated(self._backend, action, key, error) from None


def _describe(key: str, found: "Metadata") -> ObjectInfo:
    return ObjectInfo(key, found.content_length, found.last_modified)
