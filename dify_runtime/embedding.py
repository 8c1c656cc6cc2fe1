"""A runtime inside another program; what `dify_runtime_sdk.embedding` finds by the entry point of the host."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dify_runtime_sdk.runtime import Runtime as RuntimeView

from .assembly import BootRequest, Groundwork, lay_groundwork
from .runtime import Runtime
from .server.home_lock import home_lock
from .services import HOST

if TYPE_CHECKING:
    from dify_runtime_sdk.http import ASGIApp


@dataclass(frozen=True, slots=True)
class Embedded:
    """A booted runtime as its program sees it; satisfies `dify_runtime_sdk.embedding.EmbeddedRuntime`."""

    host: Runtime
    runtime: RuntimeView

    @property
    def asgi(self) -> "ASGIApp":
        """The HTTP application."""
        return self.host.http.asgi


@asynccontextmanager
async def embed(*, needs: Collection[str], serving: bool, settings: Mapping[str, Any]) -> AsyncIterator[Embedded]:
    """Boot, give the runtime, and stop it when the block ends; satisfies `dify_runtime_sdk.embedding.Embed`.

    Without `MODE` it holds the lock of its home, as `serve` does: two processes would spoil each other's runs.
    """
    groundwork = _groundwork(settings, serving=serving)
    with ExitStack() as stack:
        if groundwork.bootstrap.embedded:
            stack.enter_context(home_lock(groundwork.home.absolute()))
        async with Runtime.boot(groundwork=groundwork) as runtime:
            runtime.require(needs)
            view = runtime.assembly.views(HOST)
            try:
                yield Embedded(runtime, view)
            finally:
                await view.cancel_tasks()


def _groundwork(settings: Mapping[str, Any], *, serving: bool) -> Groundwork:
    """The roles are those of `MODE`, `api` only to serve; where that was all, those of a command."""
    groundwork = lay_groundwork(BootRequest(overrides=dict(settings), guest=True))
    if serving:
        return groundwork
    roles = groundwork.roles - {"api"}
    return replace(groundwork, request=replace(groundwork.request, roles=roles or frozenset({"job"})))
