"""What makes the plugin's services, each at its first look-up."""

import asyncio
import logging
import os
from importlib import import_module
from typing import TYPE_CHECKING, Final

from dify_runtime_sdk import Runtime

from .domain.keyring import Keyring, weakness
from .settings import SecretsSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .services.passwords import PasswordService
    from .services.stored_key import StoredKey
    from .services.tenant_secrets import TenantSecretsService
    from .services.tokens import TokenService
    from .services.url_signer import UrlSignerService

THREADS: Final = min(4, os.cpu_count() or 1)
"""How many passwords are hashed at once, and how many times encryption is at work: Argon2 takes 64 MiB each time."""

_log = logging.getLogger(__name__)


async def stored_key(runtime: Runtime) -> "StoredKey":
    """The key in storage."""
    from dify_runtime_sdk.storage import Storage

    from .services.stored_key import StoredKey

    return StoredKey(await runtime.services.get(Storage), runtime.home)


async def make_keyring(runtime: Runtime) -> Keyring:
    """The configured key, or the one in storage; raises `SecretsError` when there can be none."""
    settings = runtime.settings(SecretsSettings)
    key = settings.key
    if key is None:
        key = await (await stored_key(runtime)).obtain()
    elif (reason := weakness(key)) is not None:
        _log.warning("SECRET_KEY %s; set a random one, and keep this in SECRET_KEY_PREVIOUS for a while", reason)
    return Keyring(key, settings.former_keys)


async def make_tokens(runtime: Runtime) -> "TokenService":
    """The service `Tokens`."""
    keyring = await runtime.services.get(Keyring)
    await asyncio.to_thread(import_module, "jwt")  # the slow part of the next import: not on the event loop
    from .services.tokens import TokenService

    return TokenService(keyring)


async def make_url_signer(runtime: Runtime) -> "UrlSignerService":
    """The service `UrlSigner`."""
    from .services.url_signer import UrlSignerService

    timeout = runtime.settings(SecretsSettings).FILES_ACCESS_TIMEOUT
    return UrlSignerService(await runtime.services.get(Keyring), timeout)


async def make_passwords(runtime: Runtime) -> "AsyncIterator[PasswordService]":
    """The service `Passwords`, with its threads."""
    from .services.passwords import PasswordService
    from .services.workers import Workers

    workers = Workers("passwords", THREADS)
    try:
        yield PasswordService(runtime.settings(SecretsSettings).PASSWORD_HASHING, workers)
    finally:
        await workers.close()


async def make_tenant_secrets(runtime: Runtime) -> "AsyncIterator[TenantSecretsService]":
    """The service `TenantSecrets`, with its threads."""
    from dify_runtime_sdk.storage import Storage

    storage = await runtime.services.get(Storage)
    from .services.private_keys import PrivateKeys
    from .services.tenant_secrets import TenantSecretsService
    from .services.workers import Workers

    workers = Workers("tenant-secrets", THREADS)
    try:
        yield TenantSecretsService(PrivateKeys(storage, workers), workers)
    finally:
        await workers.close()
