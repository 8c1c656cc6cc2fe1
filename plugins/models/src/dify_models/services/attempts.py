"""One call of a model in as many attempts as it takes: the next credentials, or the same ones a little later."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from dify_runtime_sdk.model_providers import ModelProvider
from dify_runtime_sdk.models import (
    ModelCredentialsError,
    ModelError,
    ModelId,
    ModelRateLimitError,
    ModelType,
    ModelUnavailableError,
)
from dify_runtime_sdk.polling import Pace

from .access import Access, Way
from .balancing import Balancer, group_of

_LATER: Final = (ModelRateLimitError, ModelUnavailableError)
"""After these the same credentials may succeed later."""
_ELSEWHERE: Final = (*_LATER, ModelCredentialsError)
"""After these other credentials may succeed at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try again: `retries` further attempts, none later than `seconds` after the first."""

    retries: int = 2
    seconds: float = 10.0
    pace: Pace = field(default_factory=lambda: Pace(first=0.5, longest=8.0))


class Attempts:
    """The attempts at one call; `way` is the one to try now."""

    def __init__(
        self, provider: ModelProvider, ways: Sequence[Way], group: str, balancer: Balancer, patience: Patience
    ) -> None:
        self.provider = provider
        self._ways = ways
        self._group = group
        self._balancer = balancer
        self._patience = patience
        self._place = 0
        self._repeated = 0
        self._until = time.monotonic() + patience.seconds

    @property
    def way(self) -> Way:
        """The credentials to try now."""
        return self._ways[self._place]

    async def note(self, error: ModelError) -> None:
        """Let the credentials rest for others, where there are several."""
        if len(self._ways) > 1:
            await self._balancer.rest(self._group, self.way.id, error)

    async def failed(self, error: ModelError) -> None:
        """Return when another attempt is due, with `way` the one to try; raises `error` when none is."""
        if not isinstance(error, _ELSEWHERE):
            raise error
        await self.note(error)
        if self._place + 1 < len(self._ways):
            self._place += 1
            return
        if not isinstance(error, _LATER) or self._repeated >= self._patience.retries:
            raise error
        self._repeated += 1
        pause = self._patience.pace.delay(self._repeated) if error.retry_after is None else error.retry_after
        if time.monotonic() + pause > self._until:
            raise error
        await asyncio.sleep(pause)
        self._place = 0

    async def run[T](self, call: Callable[[Way], Awaitable[T]]) -> T:
        """The result of the first attempt that succeeds; raises the last `ModelError`."""
        while True:
            try:
                return await call(self.way)
            except ModelError as error:
                await self.failed(error)


class Attempting:
    """Begins calls."""

    def __init__(self, access: Access, balancer: Balancer, patience: Patience) -> None:
        self._access = access
        self._balancer = balancer
        self._patience = patience

    async def begin(self, model: ModelId, model_type: ModelType, tenant_id: str) -> Attempts:
        """The attempts at one call; raises what `Access.ways` raises."""
        found = await self._access.ways(model, model_type, tenant_id)
        name = found.provider.description.name
        group = group_of(tenant_id, name, model_type.value, model.name)
        order = await self._balancer.order(group, [way.id for way in found.ways])
        return Attempts(found.provider, [found.ways[place] for place in order], group, self._balancer, self._patience)
