"""The service `TenantSecrets`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dify_runtime_sdk.secrets import DecryptionError

from ..domain import hybrid
from ..domain.tenants import private_key_path
from .private_keys import PrivateKeys
from .workers import Workers

if TYPE_CHECKING:
    from Crypto.PublicKey.RSA import RsaKey


class TenantSecretsService:
    """Encryption for workspaces in worker threads; satisfies `dify_runtime_sdk.secrets.TenantSecrets`."""

    def __init__(self, keys: PrivateKeys, workers: Workers) -> None:
        self._keys = keys
        self._workers = workers

    async def create(self, tenant_id: str) -> str:
        """Make the workspace's key pair and return the public key (PEM).

        It takes the place of a former pair, whose secrets nobody can read any more. Raises `SecretsError` for a
        malformed id, and `StorageError` when the private key cannot be kept.
        """
        private_key_path(tenant_id)  # refuse a bad id before the work
        private, public = await self._workers.run(hybrid.generate_pair)
        await self._keys.put(tenant_id, private)
        return public

    async def encrypt(self, tenant_id: str, public_key: str, text: str) -> str:
        """Encrypt for the workspace with its public key (PEM); returns Base64. Raises `SecretsError` for a bad key."""
        return await self._workers.run(hybrid.encrypt, public_key, text)

    async def decrypt(self, tenant_id: str, token: str) -> str:
        """Decrypt what `encrypt`, or Dify, wrote; raises `DecryptionError`, or `StorageError` for want of the key."""
        return (await self._decrypt(tenant_id, {"": token}))[""]

    async def decrypt_many(self, tenant_id: str, tokens: Mapping[str, str]) -> dict[str, str]:
        """Decrypt several values with one look-up of the key; raises `DecryptionError` naming the first bad one."""
        return await self._decrypt(tenant_id, tokens) if tokens else {}

    async def _decrypt(self, tenant_id: str, tokens: Mapping[str, str]) -> dict[str, str]:
        key = await self._keys.get(tenant_id)
        try:
            return await self._workers.run(_decrypt_all, key, tokens)
        except DecryptionError:
            newer = await self._keys.get(tenant_id, other_than=key)  # another process may have made a new pair
            if newer is key:
                raise
            return await self._workers.run(_decrypt_all, newer, tokens)


def _decrypt_all(key: "RsaKey", tokens: Mapping[str, str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, token in tokens.items():
        try:
            texts[name] = hybrid.decrypt(key, token)
        except DecryptionError as error:
            if not name:
                raise
            raise DecryptionError(f"{error.message}: {name}", hint=error.hint) from None
    return texts
