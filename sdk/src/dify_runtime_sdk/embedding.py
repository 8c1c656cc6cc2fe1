"""A runtime inside another program, for the libraries that plugins are.

A plugin does not know the host, and yet `dify_apps.open` boots one. The host says where it is found by an entry point
of the group `dify_runtime.host`, as plugins do; it is imported when a runtime is asked for.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final, Protocol

from .errors import DifyRuntimeError
from .runtime import Runtime

if TYPE_CHECKING:
    from .http import ASGIApp

HOST_GROUP: Final = "dify_runtime.host"
"""The entry-point group of the host: its entry `embed` is an `Embed`."""


class NoHostError(DifyRuntimeError):
    """No host is installed in this environment, or more than one."""

    code = "no_host"


class EmbeddedRuntime(Protocol):
    """A booted runtime, seen by the program that it is part of; valid inside the block that booted it."""

    @property
    def runtime(self) -> Runtime:
        """The way to services, settings and events. What is spawned through it ends with the block."""
        ...

    @property
    def asgi(self) -> "ASGIApp":
        """The HTTP application, to mount or serve; raises `DifyRuntimeError` without the role `api`.

        It needs no lifespan events, and takes the path below which it is mounted from `root_path`.
        """
        ...


class Embed(Protocol):
    """Boots a runtime in this process; what the host offers."""

    def __call__(
        self, *, needs: Collection[str], serving: bool, settings: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[EmbeddedRuntime]:
        """A context manager that boots on entry, and stops on exit."""
        ...


def embed(
    *, needs: Collection[str] = (), serving: bool = False, settings: Mapping[str, Any] | None = None
) -> AbstractAsyncContextManager[EmbeddedRuntime]:
    """Boot a runtime in this process for the time of an `async with` block.

    It starts what `dify-runtime serve` starts here, but for plugins that are `process_wide`, and without `serving` but
    for the role `api`. `needs` are capabilities that must have started. `settings` is the top layer above those that
    every boot reads. Without `MODE` the runtime has its home for itself.

    Raises `NoHostError`; on entry `DifyRuntimeError` when the boot stops, what is needed does not start, or another
    process uses the home.
    """
    return _host()(needs=needs, serving=serving, settings=settings or {})


def _host() -> Embed:
    from importlib.metadata import entry_points  # reads what is installed: only for a boot

    found = {entry.value: entry for entry in entry_points(group=HOST_GROUP, name="embed")}
    if len(found) != 1:
        hint = "pip install dify-runtime" if not found else f"keep one of {', '.join(sorted(found))}"
        raise NoHostError(f"{len(found)} hosts are installed that could boot a runtime", hint=hint)
    host: Embed = found.popitem()[1].load()
    return host
