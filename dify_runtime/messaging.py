"""Typed events and interceptors: composed once from the contributions, called at run time."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any

from dify_runtime_sdk import Event, Interceptor, Subscriber

from .hooks import Contribution

_log = logging.getLogger(__name__)


class EventBus:
    """Delivers events to the subscribers of their type and its bases, in the resolved order."""

    def __init__(self, subscribers: Iterable[Contribution]) -> None:
        self._subscribers: list[tuple[str, Subscriber[Any]]] = list(subscribers)

    async def publish(self, event: Event) -> None:
        """Await every handler of this event's type; what one raises is logged, and the others still run."""
        for plugin, subscriber in self._subscribers:
            if isinstance(event, subscriber.event):
                try:
                    await subscriber.handler(event)
                except Exception:
                    _log.exception("subscriber of plugin %r failed on %s", plugin, type(event).__name__)


class InterceptorChains:
    """The interceptors by call type; the first plugin in the resolved order is the outermost."""

    def __init__(self, interceptors: Iterable[Contribution]) -> None:
        self._by_type: dict[type[Any], list[Interceptor[Any, Any]]] = {}
        for _plugin, interceptor in interceptors:
            self._by_type.setdefault(interceptor.call_type, []).append(interceptor)

    def _chain(self, call: object) -> Sequence[Interceptor[Any, Any]]:
        return self._by_type.get(type(call), ())

    async def run[C, R](self, call: C, proceed: Callable[[C], Awaitable[R]]) -> R:
        """Await `proceed(call)` inside all interceptors of `type(call)`."""
        wrapped = reduce(lambda inner, one: partial(_around, one, inner), reversed(self._chain(call)), proceed)
        return await wrapped(call)

    def stream[C, R](self, call: C, proceed: Callable[[C], AsyncIterator[R]]) -> AsyncIterator[R]:
        """Iterate over `proceed(call)` inside all interceptors of `type(call)`."""
        wrapped = reduce(lambda inner, one: partial(_around_stream, one, inner), reversed(self._chain(call)), proceed)
        return wrapped(call)


def _around[C, R](one: Interceptor[C, R], inner: Callable[[C], Awaitable[R]], call: C) -> Awaitable[R]:
    return one.around(call, inner)


def _around_stream[C, R](one: Interceptor[C, R], inner: Callable[[C], AsyncIterator[R]], call: C) -> AsyncIterator[R]:
    return one.around_stream(call, inner)
