"""Services: what plugins offer each other at run time, found by type and made on first use."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

type Made[T] = T | Awaitable[T] | Iterator[T] | AsyncIterator[T] | AbstractAsyncContextManager[T]


@dataclass(frozen=True)  # no slots: with them `Service[X](...)` fails before Python 3.12.5
class Service[T]:
    """A typed factory, contributed by the hook `services`.

    `key` is the SDK protocol or public class under which others look the service up. `factory` is called with the
    providing plugin's own `Runtime` view, at most once per runtime, at the first look-up; it may be a plain function,
    a coroutine function, or a (async) generator function or context manager, whose exit releases the service when its
    plugin stops. `check`, when given, feeds `/health/ready` once the service has been made; it is called with it.

    Two plugins may offer the same key only if they provide a common capability; the selected provider's is used.
    """

    key: type[T]
    factory: Callable[[Any], Made[T]]
    check: Callable[[T], Awaitable[None]] | None = None


class Services(Protocol):
    """Look-up of services; `runtime.services`."""

    async def get[T](self, key: type[T]) -> T:
        """The service under `key`, made now if this is its first use. Concurrent callers share one instance.

        During `Plugin.start` only services of plugins in the caller's `requires` closure may be looked up; later any.

        Raises `ServiceError` when no plugin offers `key`, when its provider is stopped or not among the caller's
        requirements (the message names the missing edge), or when services need each other in a circle.
        """
        ...

    def offered(self, key: type[Any]) -> bool:
        """Whether some plugin offers `key`, made or not."""
        ...
