"""Interceptors: code around calls of other plugins (models, nodes, retrieval, tasks), in the resolved order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, ClassVar, Protocol


class Interceptor[C, R]:
    """Wraps every call of one type; contributed by the hook `interceptors`, one instance per runtime.

    `call_type` is the class that describes the call (its arguments and who makes it), published by the plugin that
    makes the calls. The first plugin in the resolved order is the outermost. An interceptor may change the call it
    passes on, answer without proceeding (a cache), proceed again (a retry), or raise (a quota).
    """

    call_type: ClassVar[type[Any]]

    async def around(self, call: C, proceed: Callable[[C], Awaitable[R]]) -> R:
        """Run around a call with one result; `proceed` runs the rest. Must not block the event loop."""
        return await proceed(call)

    async def around_stream(self, call: C, proceed: Callable[[C], AsyncIterator[R]]) -> AsyncIterator[R]:
        """Run around a call with many results; close what `proceed` returned when this iterator is closed."""
        async for item in proceed(call):
            yield item


class Interceptors(Protocol):
    """The composed chains; `runtime.interceptors`."""

    async def run[C, R](self, call: C, proceed: Callable[[C], Awaitable[R]]) -> R:
        """Await `proceed(call)` inside all interceptors of `type(call)`."""
        ...

    def stream[C, R](self, call: C, proceed: Callable[[C], AsyncIterator[R]]) -> AsyncIterator[R]:
        """Iterate over `proceed(call)` inside all interceptors of `type(call)`."""
        ...
