"""The service `Passwords`."""

from dify_runtime_sdk.secrets import PasswordHash

from ..domain.passwords import Method, hash_password, is_outdated, verify_password
from .workers import Workers


class PasswordService:
    """Passwords hashed in worker threads; satisfies `dify_runtime_sdk.secrets.Passwords`."""

    def __init__(self, method: Method, workers: Workers) -> None:
        self._method = method
        self._workers = workers

    async def hash(self, password: str) -> PasswordHash:
        """Hash with the method that the operator chose; raises `UnusablePasswordError` for more than 1,024 bytes."""
        return await self._workers.run(hash_password, password, self._method)

    async def verify(self, password: str, stored: PasswordHash) -> bool:
        """Whether the password fits, whichever method hashed it; one too long never does."""
        return await self._workers.run(verify_password, password, stored)

    def outdated(self, stored: PasswordHash) -> bool:
        """Whether to hash anew at the next successful login, since the operator chose another method or other costs."""
        return is_outdated(stored, self._method)
