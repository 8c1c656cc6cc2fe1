"""The way to the servers: bounded, retried, with typed errors."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import NoScriptError

from dify_runtime_sdk.cache import CacheError

from .address import Address
from .connections import Wire
from .deployments import Deployment
from .failures import FAILURES, cache_error, never_run, passes
from .tuning import Tuning


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script; the server knows it by its hash once it has seen it."""

    text: str
    sha1: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha1", digest)


class Link:
    """Sends commands; see `Tuning` for its bounds.

    A command that failed for a passing reason is sent again, with growing pauses. One with `resend=False` is so only
    as long as it certainly was not carried out: it would count, append or take twice.
    """

    def __init__(self, deployment: Deployment, address: Address, tuning: Tuning) -> None:
        self._deployment = deployment
        self._address = address
        self._tuning = tuning
        self._free = asyncio.Semaphore(tuning.commands)
        self._open = True

    @property
    def label(self) -> str:
        """The servers in words."""
        return self._address.label

    async def call(self, *command: Any, resend: bool = True) -> Any:
        """The answer to a command; raises `CacheError`."""
        return await self._within_limit(lambda: self._deployment.execute(*command), resend)

    async def run(self, script: Script, keys: Sequence[str], *arguments: Any, resend: bool = True) -> Any:
        """The result of a script on `keys`, which must have one slot; raises `CacheError`."""
        operands = (len(keys), *keys, *arguments)

        async def evaluate() -> Any:
            try:
                return await self._deployment.execute("EVALSHA", script.sha1, *operands)
            except NoScriptError:  # its first use since the server started, or moved
                return await self._deployment.execute("EVAL", script.text, *operands)

        return await self._within_limit(evaluate, resend)

    async def connect(self, key: str | None = None) -> Wire:
        """A connection of one's own, to where `key` lives or to anywhere; errors are redis-py's. Not retried."""
        return await self._deployment.connect(key)

    def by_slot(self, keys: Sequence[str]) -> list[list[str]]:
        """The keys in groups that one command can take."""
        groups: dict[int, list[str]] = {}
        for key in keys:
            groups.setdefault(self.slot(key), []).append(key)
        return list(groups.values())

    def slot(self, key: str) -> int:
        """Where a key lives."""
        return self._deployment.slot(key)

    def failure(self, error: BaseException) -> CacheError:
        """The error of redis-py as the one to raise."""
        return cache_error(self.label, error, self._address.mask)

    def closed(self) -> CacheError:
        """The error of those who come too late."""
        return CacheError(f"{self.label}: the cache was closed", hint="its plugin has stopped")

    async def close(self) -> None:
        """Close all connections, as well as that can be done; whoever calls afterwards gets `CacheError`."""
        self._open = False
        with contextlib.suppress(*FAILURES):
            await self._deployment.close()

    async def _within_limit(self, send: Callable[[], Awaitable[Any]], resend: bool) -> Any:
        if not self._open:
            raise self.closed()
        limit = self._tuning.limit
        try:
            async with asyncio.timeout(limit):
                return await self._persist(send, resend)
        except TimeoutError:
            raise CacheError(
                f"{self.label} did not answer within {limit:g} s", hint="the command may have been carried out"
            ) from None

    async def _persist(self, send: Callable[[], Awaitable[Any]], resend: bool) -> Any:
        clock = asyncio.get_running_loop().time
        last_chance = clock() + self._tuning.patience
        pauses = self._tuning.pauses()
        while True:
            pause = next(pauses)
            try:
                async with self._free:
                    return await send()
            except FAILURES as error:
                again = passes(error) and (resend or never_run(error))
                if not again or clock() + pause > last_chance:
                    raise self.failure(error) from self._address.showable(error)
            await asyncio.sleep(pause)
