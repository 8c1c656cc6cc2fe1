"""The class every plugin subclasses: what it needs, what it gives, when it starts and stops."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from .config_source import ConfigSource
from .runtime import Runtime
from .settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

type Role = Literal["api", "worker", "scheduler", "job"]

ROLES: Final[frozenset[Role]] = frozenset(("api", "worker", "scheduler", "job"))
"""All roles a process can have."""


@dataclass(frozen=True, slots=True)
class Provides:
    """A capability besides the plugin's own name.

    `key` is what the setting of the capability's owner says to select this provider; default: the plugin's name.
    """

    capability: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ServeOption:
    """An option that this plugin adds to `dify-runtime serve`; its value goes to `setting`, in the top layer.

    `flag` is the long option (`--console`). With `flag_value` the option takes no argument and sets that value.
    """

    flag: str
    setting: str
    help: str
    flag_value: str | None = None


@dataclass(frozen=True, slots=True)
class ServeArguments:
    """What this plugin makes of the arguments of `dify-runtime serve` that are no options: `serve one.yml two/`.

    They go to `setting` in the top layer, as a list of texts; without any, the setting keeps the value it has. One
    plugin can take them. `metavar` stands for them in the help (`[FILE]...`).
    """

    metavar: str
    setting: str
    help: str


class Plugin:
    """A plugin: class attributes declare, `@hookimpl` methods contribute, `start` and `stop` acquire and release.

    The host makes one instance per runtime, without arguments, and sets `name` from the entry point. The module that
    holds the class is imported at every start of every process: keep it light (the SDK and the plugin's own settings)
    and import the rest inside the methods that need it.
    """

    name: str
    """The entry point's name; set by the host before any method is called."""

    requires: ClassVar[Sequence[str]] = ()
    """Capabilities that must be there and started, or this plugin does not start; it starts after them."""
    after: ClassVar[Sequence[str]] = ()
    """Order only: start after these plugins or capabilities, if they are present and enabled."""
    before: ClassVar[Sequence[str]] = ()
    """Order only: start before these plugins or capabilities, if they are present and enabled."""
    provides: ClassVar[Sequence[str | Provides]] = ()
    """Capabilities besides the plugin's own name."""
    selects: ClassVar[Mapping[str, str]] = {}
    """Capabilities this plugin owns: each with the field of its own settings that selects among the providers."""
    settings: ClassVar[type[Settings] | None] = None
    """The model of this plugin's settings."""
    config_source: ClassVar[type[ConfigSource] | None] = None
    """A remote source of settings that this plugin brings."""
    roles: ClassVar[frozenset[Role]] = ROLES
    """The roles of a process in which this plugin starts; it contributes services and commands in every process."""
    essential: ClassVar[bool] = False
    """Whether the boot stops when this plugin fails, whatever the failure policy says."""
    process_wide: ClassVar[bool] = False
    """Whether its start changes the process (root logger, time zone): it does not start inside another program."""
    serve_options: ClassVar[Sequence[ServeOption]] = ()
    """Options added to `dify-runtime serve`."""
    serve_arguments: ClassVar[ServeArguments | None] = None
    """What becomes of the arguments of `dify-runtime serve` that are no options."""

    def enabled(self, settings: Any) -> bool:
        """Whether to start, given this plugin's validated settings (None without a model). Pure and quick."""
        return True

    def start(self, runtime: Runtime) -> "Awaitable[None] | AbstractAsyncContextManager[None]":
        """Acquire what this plugin needs; called once, after everything in `requires` has started.

        Write it as `async def`, or as an `@asynccontextmanager` whose exit releases. Plugins of one level start
        concurrently, each within the start time budget. What it raises is this plugin's failure.
        """
        return _nothing(runtime)

    async def stop(self) -> None:
        """Release; called once if `start` was called, also when that failed or was cut off half-way.

        Called in the reverse order of the starts. What it raises is logged, and the others still stop.
        """


async def _nothing(_runtime: Runtime) -> None:
    """Start nothing."""
