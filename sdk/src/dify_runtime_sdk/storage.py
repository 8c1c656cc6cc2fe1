"""Storage: objects by key, on a local disk or in an object store."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .errors import DifyRuntimeError
from .runtime import Runtime

DEFAULT_CHUNK = 1 << 20
"""Bytes per chunk when streaming out."""


class StorageError(DifyRuntimeError):
    """The store cannot be reached, refused, or is full; names the back end and the key, never a credential."""

    code = "storage_error"


class ObjectNotFoundError(StorageError, FileNotFoundError):
    """There is no object under that key."""

    code = "object_not_found"


class InvalidKeyError(StorageError, ValueError):
    """The key is empty, absolute, or leaves the store (`..`)."""

    code = "invalid_key"


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a store knows of an object: its size in bytes, and when it was last written, if the store says."""

    key: str
    size: int
    modified: datetime | None = None


class Storage(Protocol):
    """Objects by key, the service of this name. Keys are relative paths with `/`, as `upload_files/{tenant}/{id}.pdf`.

    An object becomes visible whole or not at all: a crash while it is written leaves the former one, or none. Every
    method raises `InvalidKeyError` for a key that leaves the store, and `StorageError` when the store fails. Nothing
    blocks the event loop; memory use does not grow with the size of a streamed object.
    """

    async def save(self, key: str, data: bytes) -> None:
        """Write an object, replacing a former one."""
        ...

    async def load(self, key: str) -> bytes:
        """A whole object; raises `ObjectNotFoundError`."""
        ...

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> int:
        """Write an object from a stream, replacing a former one; returns its size. What `chunks` raises undoes it."""
        ...

    def read(
        self, key: str, *, start: int = 0, length: int | None = None, chunk_size: int = DEFAULT_CHUNK
    ) -> AsyncIterator[bytes]:
        """A stream of an object, or of `length` bytes from `start`; raises `ObjectNotFoundError` at the first chunk."""
        ...

    async def stat(self, key: str) -> ObjectInfo:
        """Size and time of an object; raises `ObjectNotFoundError`."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; no error when there is none."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """All objects whose key begins with `prefix`, in no particular order."""
        ...

    async def presign(self, key: str, *, expires: float) -> str | None:
        """A URL that reads the object for `expires` seconds without credentials; None where the store has no such."""
        ...


@dataclass(frozen=True, slots=True)
class StorageBackend:
    """A kind of store, contributed by the hook `storage_backends`; `STORAGE_TYPE` selects it by name.

    `open` is called at most once per runtime, while the plugin `storage` starts and with its view: settings of any
    plugin can be read, services of others be looked up at first use only.
    """

    name: str
    open: Callable[[Runtime], Awaitable[Storage]]
