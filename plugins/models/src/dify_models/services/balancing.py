"""Which of several credentials of a model comes next, and which are left alone for a while."""

from collections.abc import Sequence
from typing import Final

from dify_runtime_sdk.cache import Cache
from dify_runtime_sdk.models import ModelCredentialsError, ModelError, ModelRateLimitError, ModelUnavailableError

_ROUND: Final = 3600.0
"""Seconds for which the place in the round is kept."""
_AFTER_RATE_LIMIT: Final = 60.0
_AFTER_FAILURE: Final = 10.0
"""Seconds for which credentials rest after a refusal or a failed connection."""


class Balancer:
    """Round robin over credentials, shared by all processes that share the cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def order(self, group: str, ids: Sequence[str]) -> list[int]:
        """The places of `ids` in the order in which to try them: the next in turn first, those at rest last."""
        if len(ids) < 2:
            return list(range(len(ids)))
        turn = await self._cache.counters.add(_round(group), ttl=_ROUND) - 1
        resting = await self._cache.values.get_many([_rest(group, one) for one in ids])
        turned = [(turn + place) % len(ids) for place in range(len(ids))]
        return sorted(turned, key=lambda place: resting[place] is not None)

    async def rest(self, group: str, credential_id: str, error: ModelError) -> None:
        """Leave credentials alone for as long as the failure asks for; not at all when the request was at fault."""
        if isinstance(error, ModelRateLimitError):
            seconds = _AFTER_RATE_LIMIT
        elif isinstance(error, ModelCredentialsError | ModelUnavailableError):
            seconds = _AFTER_FAILURE
        else:
            return
        await self._cache.values.set(_rest(group, credential_id), b"1", ttl=seconds)


def group_of(tenant_id: str, provider: str, model_type: str, model: str) -> str:
    """The name of the credentials of one model of one workspace; its state lives on one node of a cluster."""
    return f"{{{tenant_id}}}:{provider}:{model_type}:{model}"


def _round(group: str) -> str:
    return f"model_lb_index:{group}"


def _rest(group: str, credential_id: str) -> str:
    return f"model_lb_index:cooldown:{group}:{credential_id}"
