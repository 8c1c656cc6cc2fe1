"""What the errors of redis-py mean here."""

from collections.abc import Callable

from redis import exceptions as faults
from redis.asyncio.sentinel import MasterNotFoundError

from dify_runtime_sdk.cache import CacheError

from .connections import Unreached

_CLOSED_UNDER_IT = (AttributeError, RuntimeError, TypeError)
"""What redis-py raises when one task closes a connection that another has just begun to use, as in a cluster whose node
went away."""

FAILURES = (faults.RedisError, faults.RedisClusterException, OSError, *_CLOSED_UNDER_IT)
"""All that a client raises for reasons outside of the process."""

_REFUSALS = (faults.AuthenticationError, faults.AuthorizationError)
_REFUSED_FOR_NOW = (
    faults.BusyLoadingError,
    faults.ReadOnlyError,
    faults.ClusterError,
    faults.TryAgainError,
    faults.RedisClusterException,
)
_NEVER_RUN = (*_REFUSED_FOR_NOW, Unreached, MasterNotFoundError)
_PASSING = (*_REFUSED_FOR_NOW, faults.ConnectionError, faults.TimeoutError, OSError, *_CLOSED_UNDER_IT)


def passes(error: BaseException) -> bool:
    """Whether trying again can help: the server is away, starting, or handing over to another."""
    return isinstance(error, _PASSING) and not isinstance(error, _REFUSALS)


def never_run(error: BaseException) -> bool:
    """Whether the command was certainly not carried out."""
    return isinstance(error, _NEVER_RUN) or isinstance(error.__context__, faults.ReadOnlyError)


def cache_error(label: str, error: BaseException, mask: Callable[[str], str]) -> CacheError:
    """The same as a `CacheError` that names the servers and keeps their passwords."""
    reason = _reason(error, mask)
    if isinstance(error, _REFUSALS):
        return CacheError(f"{label} refuses the login: {reason}", hint="check REDIS_USERNAME and REDIS_PASSWORD")
    if not passes(error):
        return CacheError(f"{label} refuses the command: {reason}")
    if never_run(error):
        return CacheError(f"{label} cannot be reached: {reason}", hint="check that it runs and REDIS_* say where")
    return CacheError(f"{label} did not answer: {reason}", hint="the command may have been carried out")


def _reason(error: BaseException, mask: Callable[[str], str]) -> str:
    text, _, _ = str(error).partition(", with args beginning with")  # an old server quotes the login it cannot read
    return mask(text) or type(error).__name__
