"""What a plugin sees of the runtime it lives in."""

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .events import Events
from .interceptors import Interceptors
from .services import Services
from .settings import Settings

if TYPE_CHECKING:
    import asyncio


class Runtime(Protocol):
    """One runtime in this process, seen by one plugin; valid from the hook `finish` until the plugin has stopped."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles of this process: a subset of `api`, `worker`, `scheduler`, `job`."""
        ...

    @property
    def embedded(self) -> bool:
        """Whether this is the default of everything in one process, on files of its own: no `MODE` is set."""
        ...

    @property
    def home(self) -> Path:
        """The directory that holds everything the embedded default writes (`DIFY_RUNTIME_HOME`)."""
        ...

    @property
    def services(self) -> Services:
        """Look-up of services of other plugins."""
        ...

    @property
    def events(self) -> Events:
        """Publication of typed events."""
        ...

    @property
    def interceptors(self) -> Interceptors:
        """The chains around calls."""
        ...

    def settings[S: Settings](self, model: type[S]) -> S:
        """The validated settings of `model`, which a selected plugin must have declared; raises `SettingsError`."""
        ...

    def contributions(self, hook: str) -> list[tuple[str, Any]]:
        """What the plugins returned from `hook`, flattened, as (plugin name, value) in the resolved order.

        For owners of extension points, in `finish`: each plugin's implementation is called once, on its own, so that
        one that raises is that plugin's failure.
        """
        ...

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """Run `work` in the background until it ends or this plugin stops; what it raises is logged."""
        ...
