"""The workspaces' private keys: kept in storage, and parsed in memory for a short time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from dify_runtime_sdk.secrets import DecryptionError
from dify_runtime_sdk.storage import ObjectNotFoundError, Storage

from ..domain.hybrid import load_private_key
from ..domain.tenants import private_key_path
from .workers import Workers

if TYPE_CHECKING:
    from Crypto.PublicKey.RSA import RsaKey

LIFETIME: Final = 120.0
"""Seconds that a parsed key stays in memory."""
CAPACITY: Final = 128
"""Keys in memory at most; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key in memory; shows neither form of it."""

    expires: float
    pem: bytes = field(repr=False)
    key: "RsaKey" = field(repr=False)


class PrivateKeys:
    """Look-up of private keys; of concurrent callers for one workspace, one reads and parses."""

    def __init__(self, storage: Storage, workers: Workers, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._workers = workers
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, tenant_id: str, *, other_than: "RsaKey | None" = None) -> "RsaKey":
        """The workspace's key; one in memory that is `other_than` is read again, and returned if it is still the one.

        Raises `DecryptionError` when there is none or it is damaged, `SecretsError` for a malformed id, and
        `StorageError`.
        """
        path = private_key_path(tenant_id)
        async with self._lock(tenant_id):
            kept = self._current(tenant_id)
            if kept is not None and kept.key is not other_than:
                return kept.key
            pem = await self._read(path)
            if kept is None or kept.pem != pem:
                kept = _Kept(self._clock() + LIFETIME, pem, await self._workers.run(load_private_key, pem))
                self._keep(tenant_id, kept)
            return kept.key

    async def put(self, tenant_id: str, pem: bytes) -> None:
        """Store a new key in place of a former one; raises `SecretsError` for a malformed id, and `StorageError`."""
        path = private_key_path(tenant_id)
        async with self._lock(tenant_id):
            await self._storage.save(path, pem)
            self._kept.pop(tenant_id, None)

    def _lock(self, tenant_id: str) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())

    def _current(self, tenant_id: str) -> _Kept | None:
        kept = self._kept.get(tenant_id)
        return kept if kept is not None and kept.expires > self._clock() else None

    def _keep(self, tenant_id: str, kept: _Kept) -> None:
        self._kept.pop(tenant_id, None)
        self._kept[tenant_id] = kept  # at the end: the order is that of their ages
        now = self._clock()
        for old in [one for one, entry in self._kept.items() if entry.expires <= now]:
            del self._kept[old]
        if len(self._kept) > CAPACITY:
            del self._kept[next(iter(self._kept))]

    async def _read(self, path: str) -> bytes:
        try:
            return await self._storage.load(path)
        except ObjectNotFoundError:
            raise DecryptionError(
                f"there is no private key {path} in storage",
                hint="restore it from a backup; without it the workspace's secrets have to be entered again",
            ) from None
