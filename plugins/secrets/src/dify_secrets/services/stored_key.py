"""The secret key of an installation that configured none: made once, and kept in storage for all of its processes."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from dify_runtime_sdk.secrets import SecretsError
from dify_runtime_sdk.storage import ObjectNotFoundError, Storage, StorageError

from ..domain.keyring import Keyring

OBJECT: Final = ".dify_secret_key"
"""The storage key of the secret key; Dify uses the same."""
LOCK: Final = "secret-key.lock"
"""The file in the home that is locked while a key is made."""
_LOCK_TIMEOUT: Final = 10.0
_BYTES: Final = 48
_HINT: Final = "set SECRET_KEY, or let the storage be read and written"

_log = logging.getLogger(__name__)


class StoredKey:
    """The key in storage. Of several processes that find none and make one, all end with the same.

    Processes with one home take turns by a lock. Processes with homes of their own share nothing but the store, which
    cannot create an object exclusively: the last writer wins, and `agree` brings the others to its key.
    """

    def __init__(self, storage: Storage, home: Path) -> None:
        self._storage = storage
        self._home = home

    async def obtain(self) -> str:
        """The stored key, made now if there is none; raises `SecretsError` when it cannot be read or written."""
        key = await self._read()
        if key is not None:
            return key
        async with _turn(self._home):
            return await self._read() or await self._create()

    async def agree(self, keyring: Keyring) -> None:
        """Sign with the key that is in storage now; what was signed with another since the start still verifies."""
        key = await self._read()
        if key is not None and keyring.replace(key):
            _log.warning("another process made a secret key at the same time: going on with that of %s", OBJECT)

    async def _create(self) -> str:
        try:
            await self._storage.save(OBJECT, f"{secrets.token_urlsafe(_BYTES)}\n".encode())
        except StorageError as error:
            raise SecretsError(f"a new secret key cannot be stored as {OBJECT}: {error.message}", hint=_HINT) from error
        key = await self._read()  # not what was written: another process may have come after
        if key is None:
            raise SecretsError(f"the storage does not keep {OBJECT}, which was just written", hint=_HINT)
        _log.info("SECRET_KEY is not set: made a secret key, and stored it as %s", OBJECT)
        return key

    async def _read(self) -> str | None:
        """The stored key; None when there is none, or nothing in it."""
        try:
            content = await self._storage.load(OBJECT)
        except ObjectNotFoundError:
            return None
        except StorageError as error:
            raise SecretsError(f"the secret key {OBJECT} cannot be read: {error.message}", hint=_HINT) from error
        try:
            return content.decode().strip() or None
        except UnicodeDecodeError:
            raise SecretsError(f"the stored secret key {OBJECT} is not text", hint="set SECRET_KEY") from None


@asynccontextmanager
async def _turn(home: Path) -> AsyncIterator[None]:
    """Keep out other processes with the same home, as far as it can be written."""
    from filelock import AsyncFileLock  # needed once in the life of an installation

    lock = AsyncFileLock(home / LOCK, timeout=_LOCK_TIMEOUT)
    try:
        await asyncio.to_thread(home.mkdir, mode=0o700, parents=True, exist_ok=True)
        await lock.acquire()
    except OSError as error:  # a time-out too; then they agree as processes with other homes do
        _log.warning("making a secret key without the lock %s: %s", home / LOCK, type(error).__name__)
    try:
        yield
    finally:
        await lock.release()
